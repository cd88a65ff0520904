/** Untyped: what we use of it is typed in `raw.ts`, which our own declarations can refer to where this file is missing. */
declare module 'node-zookeeper-client';
