import { useLeakCheck } from './leaks.js';

useLeakCheck();
