/** The embedded server as a process that tells what it holds, in bytes, for each line it is sent. For `bench-memory.ts`. */
import { createInterface } from 'node:readline';
import { EmbeddedZooKeeper } from '../../lib/zookeeper-server/index.js';
import { heapAfterGc } from '../support/heap.js';

await using zk = await EmbeddedZooKeeper.start();
console.log(zk.connectString);
for await (const _ of createInterface({ input: process.stdin })) console.log(heapAfterGc());
