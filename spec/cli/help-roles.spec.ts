import { describe, expect, it } from 'vitest';
import { help } from './support.js';

describe('the help, beyond elections', () => {
  it('of lock', async () => {
    expect(await help('lock')).toMatchInlineSnapshot(`
      "Usage: succession lock [options] <name> -- <command> [arguments...]

      runs a command once, while holding a lock

      Options:
        --id <id>                 who we are (default: host-pid)
        --permits <count>         how many may hold it at once, the same for all who ask (default: 1)
        --try                     do not wait: exit with 3 if somebody else holds it
        --wait <duration>         how long to wait in line; exit with 6 after that (default: for ever)
        --drain <duration>        from SIGTERM to SIGKILL when the lock is lost (default: 10s)
        -h, --help                display help for command

      Global Options:
        -V, --version             output the version number
        -c, --connect <url>       where: zookeeper://host:port,host:port/chroot (default: $SUCCESSION_URL)
        -o, --output <format>     what stdout looks like (choices: "text", "json", "wide", default: "text")
        -t, --timeout <duration>  how long to wait for an answer, such as 500ms or 10s (default: 10s)

      The command finds SUCCESSION_TOKEN and SUCCESSION_LOCK in its environment: give the token to what it writes to, and let
      that refuse smaller ones. Exits with the command's code (128+n if signal n ended it), 126 or 127 if it cannot be
      started, and with 3 if the lock was lost before the command had ended.
      "
    `);
  });

  it('of roles', async () => {
    expect(await help('roles')).toMatchInlineSnapshot(`
      "Usage: succession roles [options] [command]

      role groups: who owns what; to move, drain, pause

      Options:
        -h, --help                          display help for command

      Global Options:
        -V, --version                       output the version number
        -c, --connect <url>                 where: zookeeper://host:port,host:port/chroot (default: $SUCCESSION_URL)
        -o, --output <format>               what stdout looks like (choices: "text", "json", "wide", default:
                                            "text")
        -t, --timeout <duration>            how long to wait for an answer, such as 500ms or 10s (default: 10s)

      Commands:
        show [options] <group>              every role of a group: who should own it, who does, in which term; and
                                            how they are spread
        transfer <group> <role> <node>      moves a role, and waits until its new owner has it
        elect-preferred <group> [roles...]  moves roles (all of them) to the nodes that they prefer
        drain <group> <node>                takes every role from a node, and gives it none
        undrain <group> <node>              lets a node have roles again
        pause [options] <group>             moves nothing for the sake of balance, until resume
        resume <group>                      balances again
        help [command]                      display help for command
      "
    `);
  });

  it('of roles show', async () => {
    expect(await help('roles', 'show')).toMatchInlineSnapshot(`
      "Usage: succession roles show [options] <group>

      every role of a group: who should own it, who does, in which term; and how they are spread

      Options:
        --owner <node>            only the roles of this node
        --role <role>             only this role
        -h, --help                display help for command

      Global Options:
        -V, --version             output the version number
        -c, --connect <url>       where: zookeeper://host:port,host:port/chroot (default: $SUCCESSION_URL)
        -o, --output <format>     what stdout looks like (choices: "text", "json", "wide", default: "text")
        -t, --timeout <duration>  how long to wait for an answer, such as 500ms or 10s (default: 10s)
      "
    `);
  });

  it('of roles transfer', async () => {
    expect(await help('roles', 'transfer')).toMatchInlineSnapshot(`
      "Usage: succession roles transfer [options] <group> <role> <node>

      moves a role, and waits until its new owner has it

      Options:
        -h, --help                display help for command

      Global Options:
        -V, --version             output the version number
        -c, --connect <url>       where: zookeeper://host:port,host:port/chroot (default: $SUCCESSION_URL)
        -o, --output <format>     what stdout looks like (choices: "text", "json", "wide", default: "text")
        -t, --timeout <duration>  how long to wait for an answer, such as 500ms or 10s (default: 10s)
      "
    `);
  });

  it('of roles elect-preferred', async () => {
    expect(await help('roles', 'elect-preferred')).toMatchInlineSnapshot(`
      "Usage: succession roles elect-preferred [options] <group> [roles...]

      moves roles (all of them) to the nodes that they prefer

      Options:
        -h, --help                display help for command

      Global Options:
        -V, --version             output the version number
        -c, --connect <url>       where: zookeeper://host:port,host:port/chroot (default: $SUCCESSION_URL)
        -o, --output <format>     what stdout looks like (choices: "text", "json", "wide", default: "text")
        -t, --timeout <duration>  how long to wait for an answer, such as 500ms or 10s (default: 10s)
      "
    `);
  });

  it('of roles drain', async () => {
    expect(await help('roles', 'drain')).toMatchInlineSnapshot(`
      "Usage: succession roles drain [options] <group> <node>

      takes every role from a node, and gives it none

      Options:
        -h, --help                display help for command

      Global Options:
        -V, --version             output the version number
        -c, --connect <url>       where: zookeeper://host:port,host:port/chroot (default: $SUCCESSION_URL)
        -o, --output <format>     what stdout looks like (choices: "text", "json", "wide", default: "text")
        -t, --timeout <duration>  how long to wait for an answer, such as 500ms or 10s (default: 10s)
      "
    `);
  });

  it('of roles undrain', async () => {
    expect(await help('roles', 'undrain')).toMatchInlineSnapshot(`
      "Usage: succession roles undrain [options] <group> <node>

      lets a node have roles again

      Options:
        -h, --help                display help for command

      Global Options:
        -V, --version             output the version number
        -c, --connect <url>       where: zookeeper://host:port,host:port/chroot (default: $SUCCESSION_URL)
        -o, --output <format>     what stdout looks like (choices: "text", "json", "wide", default: "text")
        -t, --timeout <duration>  how long to wait for an answer, such as 500ms or 10s (default: 10s)
      "
    `);
  });

  it('of roles pause', async () => {
    expect(await help('roles', 'pause')).toMatchInlineSnapshot(`
      "Usage: succession roles pause [options] <group>

      moves nothing for the sake of balance, until resume

      Options:
        --reason <text>           why, for the record
        -h, --help                display help for command

      Global Options:
        -V, --version             output the version number
        -c, --connect <url>       where: zookeeper://host:port,host:port/chroot (default: $SUCCESSION_URL)
        -o, --output <format>     what stdout looks like (choices: "text", "json", "wide", default: "text")
        -t, --timeout <duration>  how long to wait for an answer, such as 500ms or 10s (default: 10s)
      "
    `);
  });

  it('of roles resume', async () => {
    expect(await help('roles', 'resume')).toMatchInlineSnapshot(`
      "Usage: succession roles resume [options] <group>

      balances again

      Options:
        -h, --help                display help for command

      Global Options:
        -V, --version             output the version number
        -c, --connect <url>       where: zookeeper://host:port,host:port/chroot (default: $SUCCESSION_URL)
        -o, --output <format>     what stdout looks like (choices: "text", "json", "wide", default: "text")
        -t, --timeout <duration>  how long to wait for an answer, such as 500ms or 10s (default: 10s)
      "
    `);
  });

  it('of locate', async () => {
    expect(await help('locate')).toMatchInlineSnapshot(`
      "Usage: succession locate [options] <group> <key>

      who owns the role of a key, and where; exits with 3 if nobody does

      Options:
        -h, --help                display help for command

      Global Options:
        -V, --version             output the version number
        -c, --connect <url>       where: zookeeper://host:port,host:port/chroot (default: $SUCCESSION_URL)
        -o, --output <format>     what stdout looks like (choices: "text", "json", "wide", default: "text")
        -t, --timeout <duration>  how long to wait for an answer, such as 500ms or 10s (default: 10s)
      "
    `);
  });

  it('of server', async () => {
    expect(await help('server')).toMatchInlineSnapshot(`
      "Usage: succession server [options]

      an embedded ZooKeeper for development and tests, until interrupted

      Options:
        --port <port>             where to listen; 0 for a free one (default: 2181)
        --host <host>             on which address (default: 127.0.0.1)
        --tick <duration>         sessions end on multiples of it (default: 100ms)
        --tls-cert <file>         serve TLS, with this certificate (PEM)
        --tls-key <file>          its key (PEM)
        --tls-ca <file>           ask clients for a certificate of this authority (PEM)
        -h, --help                display help for command

      Global Options:
        -V, --version             output the version number
        -c, --connect <url>       where: zookeeper://host:port,host:port/chroot (default: $SUCCESSION_URL)
        -o, --output <format>     what stdout looks like (choices: "text", "json", "wide", default: "text")
        -t, --timeout <duration>  how long to wait for an answer, such as 500ms or 10s (default: 10s)

      Not for production: one process, in memory, gone when it stops. Every ZooKeeper client connects to it. Prints its
      connection string once it serves, and exits with 0 on SIGINT and SIGTERM.
      "
    `);
  });
});
