import { describeLocator } from './locating.js';
import { embedded } from './world.js';

describeLocator(embedded);
