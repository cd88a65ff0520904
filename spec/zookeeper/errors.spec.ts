import { describe, expect, it } from 'vitest';
import { isRetriable } from '../../lib/errors.js';
import { fromAnswer, fromCode, isCertificateError, isNodeExists, isNoNode } from '../../lib/zookeeper/errors.js';

const asked = { what: 'read', path: '/a' };

describe('ZooKeeper’s codes', () => {
  it.each([
    [-4, 'CONNECTION_LOST', true],
    [-118, 'CONNECTION_LOST', true],
    [-112, 'SESSION_EXPIRED', true],
    [-115, 'AUTHENTICATION_FAILED', false],
    [-102, 'ACCESS_DENIED', false],
    [-114, 'ACCESS_DENIED', false],
  ])('%i is %s, retriable: %s', (code, ours, retriable) => {
    expect(fromCode(code, asked)).toMatchObject({ code: ours, retriable });
    expect(isRetriable(fromCode(code, asked))).toBe(retriable);
  });

  it.each([
    [-1, 'SYSTEM_ERROR', false],
    [-2, 'RUNTIME_INCONSISTENCY', false],
    [-3, 'DATA_INCONSISTENCY', false],
    [-5, 'MARSHALLING_ERROR', false],
    [-6, 'UNIMPLEMENTED', false],
    [-7, 'OPERATION_TIMEOUT', true],
    [-8, 'BAD_ARGUMENTS', false],
    [-13, 'NEW_CONFIG_NO_QUORUM', true],
    [-14, 'RECONFIG_IN_PROGRESS', true],
    [-101, 'NO_NODE', false],
    [-103, 'BAD_VERSION', false],
    [-108, 'NO_CHILDREN_FOR_EPHEMERALS', false],
    [-110, 'NODE_EXISTS', false],
    [-111, 'NOT_EMPTY', false],
    [-113, 'INVALID_CALLBACK', false],
    [-119, 'NOT_READ_ONLY', true],
    [-120, 'EPHEMERAL_ON_LOCAL_SESSION', true],
    [-121, 'NO_WATCHER', false],
    [-122, 'REQUEST_TIMEOUT', true],
    [-123, 'RECONFIG_DISABLED', false],
    [-124, 'SESSION_CLOSED_REQUIRE_SASL_AUTH', false],
    [-125, 'QUOTA_EXCEEDED', true],
    [-127, 'THROTTLED_OP', true],
    [-999, 'CODE_-999', false],
    [42, 'CODE_42', false],
  ])('%i is the store’s %s, retriable: %s', (code, storeCode, retriable) => {
    const error = fromCode(code, { ...asked, index: 2 });
    expect(error).toMatchObject({ code: 'STORE_REFUSED', storeCode, retriable, path: '/a', index: 2 });
    expect(error.message).toContain(storeCode);
  });

  it('keep what they were made from, and say what was asked', () => {
    const cause = Object.assign(new Error('raw'), { code: -102 });
    const error = fromAnswer(cause, asked);
    expect(error).toMatchObject({ code: 'ACCESS_DENIED', path: '/a', operation: 'read', cause });
  });

  it('are left alone where there is none', () => {
    const typed = fromCode(-101, asked);
    const other = new TypeError('a bug');
    expect(fromAnswer(typed, asked)).toBe(typed);
    expect(fromAnswer(other, asked)).toBe(other);
  });

  it('tell a missing znode and an existing one apart from all else', () => {
    const codes = [-101, -110, -4, -103];
    expect(codes.map((code) => isNoNode(fromCode(code, asked)))).toEqual([true, false, false, false]);
    expect(codes.map((code) => isNodeExists(fromCode(code, asked)))).toEqual([false, true, false, false]);
    expect(isNoNode(new Error('NO_NODE'))).toBe(false);
  });
});

describe('errors of a socket', () => {
  it.each([
    ['UNABLE_TO_VERIFY_LEAF_SIGNATURE', true],
    ['SELF_SIGNED_CERT_IN_CHAIN', true],
    ['DEPTH_ZERO_SELF_SIGNED_CERT', true],
    ['CERT_HAS_EXPIRED', true],
    ['UNABLE_TO_GET_ISSUER_CERT_LOCALLY', true],
    ['ERR_TLS_CERT_ALTNAME_INVALID', true],
    ['ERR_SSL_SSLV3_ALERT_CERTIFICATE_UNKNOWN', true],
    ['ERR_SSL_SSLV3_ALERT_BAD_CERTIFICATE', true],
    ['ERR_SSL_SSLV3_ALERT_HANDSHAKE_FAILURE', true],
    ['ERR_SSL_TLSV1_ALERT_UNKNOWN_CA', true],
    ['ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED', true],
    ['ERR_SSL_WRONG_VERSION_NUMBER', false],
    ['ECONNREFUSED', false],
    ['ECONNRESET', false],
    ['EPIPE', false],
    ['ETIMEDOUT', false],
    ['ENOTFOUND', false],
    [undefined, false],
  ])('%s is about a certificate: %s', (code, about) => {
    expect(isCertificateError(Object.assign(new Error('from a socket'), { code }))).toBe(about);
  });
});
