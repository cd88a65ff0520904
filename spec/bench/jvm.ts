/** A server as in production: a heap of its own size and the optimising compiler. Later flags win. */
export const jvm = ['-Xmx1g', '-XX:TieredStopAtLevel=4'];
