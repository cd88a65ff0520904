import { describeFencing } from './fencing.js';
import { embedded } from './world.js';

describeFencing(embedded);
