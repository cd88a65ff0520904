import { describeRole } from './running.js';
import { embedded } from './world.js';

describeRole(embedded);
