import { BareClient, text } from '../support/bare-client.js';
import { opcode } from '../support/frames.js';

/** A znode for all elections of one run; it goes with them in the end. */
export class Room implements AsyncDisposable {
  readonly #client: BareClient;
  readonly #root: string;

  static async make(server: string, root: string): Promise<Room> {
    const client = await BareClient.connect(server, 600_000);
    const { error } = await client.create(root, '');
    if (error !== 0) throw new Error(`creating ${root}: ${error}`);
    return new Room(client, root);
  }

  private constructor(client: BareClient, root: string) {
    this.#client = client;
    this.#root = root;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const name of await this.#elections()) await this.#client.delete(`${this.#root}/${name}`);
    const { error } = await this.#client.delete(this.#root);
    await this.#client.close();
    if (error !== 0) throw new Error(`${this.#root} is not empty: ${error}`);
  }

  async #elections(): Promise<string[]> {
    const { body } = await this.#client.request(opcode.getChildren, text(this.#root), Buffer.from([0]));
    const names: string[] = [];
    for (let at = 4; names.length < body.readInt32BE(0); ) {
      const end = at + 4 + body.readInt32BE(at);
      names.push(body.subarray(at + 4, end).toString());
      at = end;
    }
    return names;
  }
}
