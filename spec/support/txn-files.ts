/** Where a ZooKeeper server keeps its transactions. */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';

/** Its logs, those too that it had to forget (`wipe`). */
export function logsOf(dataDir: string): string[] {
  const folders = readdirSync(dataDir).filter((name) => /^(version-2|past-.*)$/.test(name));
  return folders.flatMap((folder) => filesIn(join(dataDir, folder)));
}

const filesIn = (folder: string): string[] =>
  readdirSync(folder)
    .filter((name) => name.startsWith('log.'))
    .map((name) => join(folder, name));
