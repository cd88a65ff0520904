import { describeGroups } from './groups.js';
import { embedded } from './world.js';

describeGroups(embedded);
