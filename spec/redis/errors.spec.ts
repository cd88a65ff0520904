import { describe, expect, it } from 'vitest';
import { codeOf, fromReply, isNoScript } from '../../lib/redis/errors.js';

const asked = { what: 'turn', path: 'succession:{x}:token', cluster: false };
const told = (message: string, cluster = false) => fromReply(new Error(message), { ...asked, cluster });

describe('what Redis answers', () => {
  it.each([
    ["OOM command not allowed when used memory > 'maxmemory'.", 'STORE_REFUSED', true],
    ["READONLY You can't write against a read only replica.", 'STORE_REFUSED', true],
    ['LOADING Redis is loading the dataset in memory', 'STORE_REFUSED', true],
    ['CLUSTERDOWN The cluster is down', 'STORE_REFUSED', true],
    ['MASTERDOWN Link with MASTER is down', 'STORE_REFUSED', true],
    ['MISCONF Redis is configured to save RDB snapshots', 'STORE_REFUSED', true],
    ['NOREPLICAS Not enough good replicas to write.', 'STORE_REFUSED', true],
    ['BUSY Redis is busy running a script.', 'STORE_REFUSED', true],
    ['NOAUTH Authentication required.', 'AUTHENTICATION_FAILED', false],
    ['WRONGPASS invalid username-password pair', 'AUTHENTICATION_FAILED', false],
    ["NOPERM User app has no permissions to run the 'evalsha' command", 'ACCESS_DENIED', false],
    ["CROSSSLOT Keys in request don't hash to the same slot", 'STORE_REFUSED', false],
    ['WRONGTYPE Operation against a key holding the wrong kind of value', 'STORE_REFUSED', false],
    ['ERR unknown command', 'STORE_REFUSED', false],
    ['NEVERSEEN before', 'STORE_REFUSED', false],
    ['Socket closed unexpectedly', 'CONNECTION_LOST', true],
    ['The client is closed', 'CONNECTION_LOST', true],
    ["Stream isn't writeable and enableOfflineQueue options is false", 'CONNECTION_LOST', true],
  ])('%s is %s, retriable: %s', (message, code, retriable) => {
    expect(told(message)).toMatchObject({ code, retriable, cause: { message } });
  });

  it('MOVED is retried by a cluster client alone: another one never reaches the right server', () => {
    expect(told('MOVED 3999 127.0.0.1:6381')).toMatchObject({ storeCode: 'MOVED', retriable: false });
    expect(told('MOVED 3999 127.0.0.1:6381', true)).toMatchObject({ storeCode: 'MOVED', retriable: true });
  });

  it('is found behind the words by which Redis 6 tells of an error in a script', () => {
    const old = 'ERR Error running script (call to f_abc): @user_script:12: -OOM command not allowed when used memory';
    expect(codeOf(new Error(old))).toBe('OOM');
  });

  it.each([
    ['SELF_SIGNED_CERT_IN_CHAIN', 'AUTHENTICATION_FAILED'],
    ['ERR_TLS_CERT_ALTNAME_INVALID', 'AUTHENTICATION_FAILED'],
    ['ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED', 'AUTHENTICATION_FAILED'],
    ['ERR_SSL_WRONG_VERSION_NUMBER', 'CONNECTION_LOST'],
    ['ECONNREFUSED', 'CONNECTION_LOST'],
  ])('never came, because of %s: %s', (code, ours) => {
    expect(fromReply(Object.assign(new Error('of a socket'), { code }), asked)).toMatchObject({ code: ours });
  });

  it('NOSCRIPT is how it asks for the whole script', () => {
    expect(isNoScript(new Error('NOSCRIPT No matching script. Please use EVAL.'))).toBe(true);
    expect(isNoScript(new Error('ERR'))).toBe(false);
  });
});
