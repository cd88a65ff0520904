import { startEmbedded } from '../support/embedded.js';
import { describeFencing } from './fencing.js';

describeFencing(() => startEmbedded());
