/** Between the wire, the disk and the machines. */
import type { Mutant } from '../support/mutants.js';

const handshake = { spec: 'spec/peers/handshake.spec.ts', file: 'lib/peers/handshake.ts' };
const frames = { spec: 'spec/peers/handshake.spec.ts', file: 'lib/peers/frames.ts' };
const link = { spec: 'spec/peers/tcp.spec.ts', file: 'lib/peers/link.ts' };
const strangersLink = { spec: 'spec/peers/tcp-strangers.spec.ts', file: 'lib/peers/link.ts' };
const tcp = { spec: 'spec/peers/tcp.spec.ts', file: 'lib/peers/tcp.ts' };
const strangers = { spec: 'spec/peers/tcp-strangers.spec.ts', file: 'lib/peers/tcp.ts' };
const options = { spec: 'spec/peers/tcp-options.spec.ts', file: 'lib/peers/tcp-options.ts' };
const discovery = { spec: 'spec/peers/discovery.spec.ts', file: 'lib/peers/tcp-options.ts' };
const disk = { spec: 'spec/peers/disk.spec.ts', file: 'lib/peers/store.ts' };
const store = { spec: 'spec/peers/store.spec.ts', file: 'lib/peers/store.ts' };
const lock = { spec: 'spec/peers/store.spec.ts', file: 'lib/peers/lock.ts' };
const run = { spec: 'spec/peers/run.spec.ts', file: 'lib/peers/run.ts' };

export const mutants: readonly Mutant[] = [
  {
    ...handshake,
    name: 'the dialer asks for no proof',
    from: "    checkProof(own, 'acceptor', parties, proof);\n",
    to: '',
  },
  {
    ...handshake,
    name: 'the acceptor asks for no proof',
    from: "      checkProof(own, 'dialer', parties, (message as { proof?: unknown } | null)?.proof);\n",
    to: '',
  },
  {
    ...handshake,
    name: 'a nonce is always the same',
    from: "randomBytes(NONCE_BYTES).toString('base64')",
    to: "Buffer.alloc(NONCE_BYTES).toString('base64')",
  },
  { ...handshake, name: 'a proof is bound to no nonce', from: '[id, life, nonce])', to: '[id, life])' },
  { ...handshake, name: 'a proof serves both ways', from: '[VERSION, label, ...said]', to: '[VERSION, ...said]' },
  {
    ...handshake,
    name: 'who is dialled need not be who answers',
    from: 'if (acceptor.id !== to) throw',
    to: "if (acceptor.id === '') throw",
  },
  {
    ...handshake,
    name: 'a stranger may have any name',
    from: 'if (!admits(dialer.id)) throw',
    to: "if (dialer.id === '') throw",
  },
  { ...frames, name: 'a frame can be repeated', from: '.update(number).update(body)', to: '.update(body)' },
  {
    ...frames,
    name: 'a frame can be changed',
    from: 'timingSafeEqual(content.subarray(0, MAC_BYTES), mac(body)) ? body : undefined',
    to: 'timingSafeEqual(content.subarray(0, MAC_BYTES), mac(body)) ? body : body',
  },
  { ...frames, name: 'a frame may be of any size', from: '      if (length > limit()) return false;\n', to: '' },
  {
    ...strangersLink,
    name: 'a stranger may say as much as a peer',
    from: 'met() ? options.maxFrameBytes : HANDSHAKE_LIMIT',
    to: 'options.maxFrameBytes',
  },
  {
    ...link,
    name: 'what is too large is sent',
    from: 'if (body.length + MAC_BYTES > options.maxFrameBytes)',
    to: 'if (body.length < 0)',
  },
  {
    ...link,
    name: 'the seal is forgotten in what fits',
    from: 'body.length + MAC_BYTES > options.maxFrameBytes',
    to: 'body.length > options.maxFrameBytes',
  },
  {
    ...link,
    name: 'there is no back-pressure',
    from: "      if (socket.writableLength > options.maxQueuedBytes) return dropped('the peer takes in less than we send');\n",
    to: '',
  },
  {
    ...link,
    name: 'silence is never noticed',
    from: '    if (missed * options.keepAliveMs >= options.silenceMs) return void socket.destroy();\n',
    to: '',
  },
  {
    ...link,
    name: 'a quiet link says nothing',
    from: '    if (!spoke) write((met() as Met).outgoing.close(NOTHING));\n',
    to: '',
  },
  {
    ...strangersLink,
    name: 'a forged frame is passed over',
    from: "if (!body) return refused('a frame is forged or out of order');",
    to: 'if (!body) return;',
  },
  {
    ...strangersLink,
    name: 'strangers may take their time',
    from: 'const late = () => refused(',
    to: 'const late = () => void (',
  },
  { ...tcp, name: 'there is no jitter', from: '(0.5 + random / 2)', to: '1' },
  { ...tcp, name: 'attempts come at the same rate for ever', from: '2 ** Math.min(attempt, 30)', to: '2 ** 0' },
  {
    ...tcp,
    name: 'a peer is dialled once',
    from: 'dial(room, peer).pipe(repeat({ delay: wait }))',
    to: 'dial(room, peer).pipe(repeat({ count: 1, delay: wait }))',
  },
  {
    ...strangers,
    name: 'there may be any number of strangers',
    from: '      if (strangers >= maxStrangers) return void socket.destroy();\n',
    to: '',
  },
  { ...strangers, name: 'who is in no list is let in', from: 'return known.has(id);', to: 'return id !== "";' },
  {
    ...strangers,
    name: 'a certificate need not bear the id',
    from: 'if (names.includes(id)) return message;',
    to: 'if (names.length > 0) return message;',
  },
  { ...tcp, name: 'who is listed no more keeps its link', from: '      mesh.keep(known);\n', to: '' },
  {
    ...options,
    name: 'outside this machine no secret is needed',
    from: 'authenticated || exposed === undefined,',
    to: 'authenticated || exposed !== "",',
  },
  {
    ...discovery,
    name: 'a list that cannot be used ends discovery',
    from: '      return EMPTY;\n',
    to: '      throw error;\n',
  },
  { ...discovery, name: 'discovery that errors is left alone', from: '    retry({ delay: later }),\n', to: '' },
  {
    ...discovery,
    name: 'discovery outlives the node',
    from: 'share({ connector: () => new ReplaySubject(1), ',
    to: 'share({ connector: () => new ReplaySubject(1), resetOnRefCountZero: false, ',
  },
  {
    ...strangers,
    name: 'certificates are not looked at',
    from: '    if (options.tls) checkTls(options.tls);\n',
    to: '',
    test: 'cannot be read',
  },
  {
    file: 'lib/peers/peer-options.ts',
    spec: 'spec/peers/room.spec.ts',
    name: 'data may be larger than a frame',
    from: '    maxDataBytes: Math.floor(tcp.maxFrameBytes / 4),\n',
    to: '',
  },
  { ...disk, name: 'the file is not flushed', from: '    await handle.sync();\n', to: '' },
  {
    ...disk,
    name: 'the move is not flushed',
    from: "  await flushed(dirname(file), 'r', async () => undefined);\n",
    to: '',
  },
  {
    ...disk,
    name: 'the file is written in place',
    from: 'await rename(beside, file);',
    to: "await flushed(file, 'w', (handle) => handle.writeFile(text));",
  },
  {
    ...store,
    name: 'a save completes before it is on the disk',
    from: 'return from(written).pipe(ignoreElements());',
    to: 'return written ? EMPTY : from(written).pipe(ignoreElements());',
  },
  {
    ...store,
    name: 'saves overtake each other',
    from: 'last.then(() => replace(file, text))',
    to: 'replace(file, text)',
  },
  { ...store, name: 'a damaged file is guessed at', from: 'if (sum !== checksum(text))', to: 'if (sum === undefined)' },
  { ...store, name: 'a missing file is guessed at', from: 'if (firstStart) return {};', to: 'if (self) return {};' },
  {
    ...store,
    name: 'a first start forgets what there is',
    from: '  if (firstStart) throw new SavedStateError(file, `it is there',
    to: "  if (firstStart && self === '') throw new SavedStateError(file, `it is there",
  },
  { ...store, name: 'the file of another node will do', from: 'if (node !== self)', to: 'if (node === "")' },
  {
    ...lock,
    name: 'a file may have two holders',
    from: 'notes(file).find((name) => name !== own && !isStale(name, dirname(file)))',
    to: 'notes(file).find((name) => name === "")',
  },
  { ...lock, name: 'processes of other hosts count as ended', from: 'host !== hostname() || ', to: '' },
  {
    ...run,
    name: 'a save holds nothing back',
    from: "if (effect.type === 'save') return saving(effect.record, options);",
    to: "if (effect.type === 'save') return act(() => void saving(effect.record, options).subscribe());",
  },
  {
    ...run,
    name: 'a leadership is told before it is saved',
    from: 'show(meanwhile(shown$.value, view));',
    to: 'show(view);',
  },
  {
    ...run,
    name: 'any number of messages waits for the disk',
    from: 'waiting < MOST_WAITING ? ',
    to: 'waiting >= 0 ? ',
  },
  {
    spec: 'spec/peers/run.spec.ts',
    file: 'lib/peers/in-turn.ts',
    name: 'each message that waited is taken within the end of the one before',
    from: '        isLooping = true;\n',
    to: '',
  },
  { ...run, name: 'a save that failed is given up', from: '    retry({\n', to: '    retry({ count: 0,\n' },
];
