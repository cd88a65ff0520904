import { describeGroupHooks } from './group-hooks.js';
import { describeGroups } from './groups.js';
import { describeOperators } from './operators.js';
import { embedded } from './world.js';

describeGroups(embedded);
describeGroupHooks(embedded);
describeOperators(embedded);
