import { describe, expect, it } from 'vitest';
import { resolveTcp } from '../../lib/peers/tcp-options.js';
import { useLeakCheck } from '../support/leaks.js';
import { SECRET } from '../support/peers.js';

useLeakCheck();

describe('the options of the transport', () => {
  const peers = 'a@127.0.0.1:1,b@127.0.0.1:2';
  const refused =
    (options: object, env = {}) =>
    () =>
      resolveTcp({ self: 'a', peers, ...options }, env);

  it('need a secret or TLS wherever others than this machine can reach', () => {
    const rule = /secret: must be given .* since .* is not only this machine/;
    expect(refused({ peers: 'a@127.0.0.1:1,b@10.0.0.1:2' })).toThrow(rule);
    expect(refused({ listen: '0.0.0.0:1' })).toThrow(rule);
    expect(refused({ listen: '[::]:1' })).toThrow(rule);
    expect(refused({})).not.toThrow();
    expect(refused({ peers: 'a@127.0.0.1:1,b@10.0.0.1:2' }, { SUCCESSION_SECRET: SECRET })).not.toThrow();
  });

  it.each([
    [{ secret: 'short' }, /secret: must have at least 16 characters \(got "\*\*\*"\)/],
    [{ self: 'c' }, /self: must be one of peers/],
    [{ self: '../a' }, /self: must be 1 to 64 letters/],
    [{ peers: 'a@127.0.0.1:1,a@127.0.0.1:2' }, /peers: must name each node once/],
    [{ peers: 'a@127.0.0.1' }, /peers: must look like n1@host:7001/],
    [{ peers: 'a@127.0.0.1:70000' }, /must have a port from 1 to 65535/],
    [{ keepAliveMs: 500, silenceMs: 900 }, /silenceMs: must be at least twice keepAliveMs/],
    [{ secretFile: '/nowhere' }, /secretFile: must be a file that can be read/],
    [{ secret: SECRET, secretFile: '/x' }, /secretFile: excludes secret/],
  ])('are refused by a rule: %j', (options, rule) => {
    expect(refused(options)).toThrow(rule);
  });
});
