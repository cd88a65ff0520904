import { describe, expect, it } from 'vitest';
import { help } from './support.js';

describe('the help', () => {
  it('of succession names the commands and the exit codes', async () => {
    expect(await help()).toMatchInlineSnapshot(`
      "Usage: succession [options] [command]

      Leader election on ZooKeeper: who leads, who waits, and why.

      Options:
        -V, --version                                      output the version number
        -c, --connect <url>                                where: zookeeper://host:port,host:port/chroot (default:
                                                           $SUCCESSION_URL)
        -o, --output <format>                              what stdout looks like (choices: "text", "json", "wide",
                                                           default: "text")
        -t, --timeout <duration>                           how long to wait for an answer, such as 500ms or 10s
                                                           (default: 10s)
        -h, --help                                         display help for command

      Commands:
        list [root]                                        every election below a path, one row each
        candidates [options] <election>                    the line of succession: who leads, who waits for whom
        leader <election>                                  prints the leader's id; exits with 3 if nobody leads
        watch <election>                                   leaderships as they come and go, until interrupted
        run [options] <election> <command> [arguments...]  runs a command only while leading
        lock [options] <name> <command> [arguments...]     runs a command once, while holding a lock
        step-down [options] <election>                     asks the leader to hand over, and waits for the next
                                                           leadership
        evict [options] <election> <id>                    removes a participant by force
        roles                                              role groups: who owns what; to move, drain, pause
        locate <group> <key>                               who owns the role of a key, and where; exits with 3 if
                                                           nobody does
        doctor [election]                                  looks for what breaks elections: servers, session,
                                                           clocks, permissions, the line itself
        server [options]                                   an embedded ZooKeeper for development and tests, until
                                                           interrupted
        help [command]                                     display help for command

      Exit codes: 0 ok, 1 failure, 2 usage, 3 no leader or condition not met, 4 not found, 5 guard mismatch, 6 timeout,
      7 unreachable; "run" and "lock" pass on the exit code of their command; 128+n when ended by signal n.
      "
    `);
  });

  it('of list', async () => {
    expect(await help('list')).toMatchInlineSnapshot(`
      "Usage: succession list [options] [root]

      every election below a path, one row each

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

  it('of candidates', async () => {
    expect(await help('candidates')).toMatchInlineSnapshot(`
      "Usage: succession candidates [options] <election>

      the line of succession: who leads, who waits for whom

      Options:
        -w, --watch               follow it: redrawn on a terminal, one JSON object for each change otherwise
        -h, --help                display help for command

      Global Options:
        -V, --version             output the version number
        -c, --connect <url>       where: zookeeper://host:port,host:port/chroot (default: $SUCCESSION_URL)
        -o, --output <format>     what stdout looks like (choices: "text", "json", "wide", default: "text")
        -t, --timeout <duration>  how long to wait for an answer, such as 500ms or 10s (default: 10s)

      Lines that start with "!" tell what a healthy line never shows for long.
      With -o wide: who claimed, and children that no known library made.
      "
    `);
  });

  it('of leader', async () => {
    expect(await help('leader')).toMatchInlineSnapshot(`
      "Usage: succession leader [options] <election>

      prints the leader's id; exits with 3 if nobody leads

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

  it('of watch', async () => {
    expect(await help('watch')).toMatchInlineSnapshot(`
      "Usage: succession watch [options] <election>

      leaderships as they come and go, until interrupted

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

  it('of run', async () => {
    expect(await help('run')).toMatchInlineSnapshot(`
      "Usage: succession run [options] <election> -- <command> [arguments...]

      runs a command only while leading

      Options:
        --id <id>                 who we are, unique in the election (default: host-pid)
        --restart                 keep standing: start again when the command ends, and wait again when leadership
                                  does
        --drain <duration>        from SIGTERM to SIGKILL when leadership ends (default: 10s)
        -h, --help                display help for command

      Global Options:
        -V, --version             output the version number
        -c, --connect <url>       where: zookeeper://host:port,host:port/chroot (default: $SUCCESSION_URL)
        -o, --output <format>     what stdout looks like (choices: "text", "json", "wide", default: "text")
        -t, --timeout <duration>  how long to wait for an answer, such as 500ms or 10s (default: 10s)

      The command finds SUCCESSION_TOKEN, SUCCESSION_ELECTION and SUCCESSION_ID in its environment: give the token to what it
      writes to, and let that refuse smaller ones. It runs in a process group of its own; signals go to the whole group.
      Exits with the command's code (128+n if signal n ended it), 126 or 127 if it cannot be started, and 3 if leadership was
      lost without --restart.
      "
    `);
  });

  it('of step-down', async () => {
    expect(await help('step-down')).toMatchInlineSnapshot(`
      "Usage: succession step-down [options] <election>

      asks the leader to hand over, and waits for the next leadership

      Options:
        --to <id>                 who should lead next
        --expect-leader <id>      do nothing unless this one leads (exit 5)
        --reason <text>           why, for the record
        --by <who>                who asks, for the record (default: user@host)
        -h, --help                display help for command

      Global Options:
        -V, --version             output the version number
        -c, --connect <url>       where: zookeeper://host:port,host:port/chroot (default: $SUCCESSION_URL)
        -o, --output <format>     what stdout looks like (choices: "text", "json", "wide", default: "text")
        -t, --timeout <duration>  how long to wait for an answer, such as 500ms or 10s (default: 10s)

      The leader drains its work first. --timeout is 30s here, unless given.
      Exits with 3 if the one asked for, or anybody else, does not lead afterwards.
      "
    `);
  });

  it('of evict', async () => {
    expect(await help('evict')).toMatchInlineSnapshot(`
      "Usage: succession evict [options] <election> <id>

      removes a participant by force

      Options:
        --reason <text>           why, for the record
        --by <who>                who asks, for the record (default: user@host)
        -h, --help                display help for command

      Global Options:
        -V, --version             output the version number
        -c, --connect <url>       where: zookeeper://host:port,host:port/chroot (default: $SUCCESSION_URL)
        -o, --output <format>     what stdout looks like (choices: "text", "json", "wide", default: "text")
        -t, --timeout <duration>  how long to wait for an answer, such as 500ms or 10s (default: 10s)

      A leader is not drained: its work may run on beside the next one's. Prefer step-down.
      Who still runs stands again.
      "
    `);
  });

  it('of doctor', async () => {
    expect(await help('doctor')).toMatchInlineSnapshot(`
      "Usage: succession doctor [options] [election]

      looks for what breaks elections: servers, session, clocks, permissions, the line itself

      Options:
        -h, --help                display help for command

      Global Options:
        -V, --version             output the version number
        -c, --connect <url>       where: zookeeper://host:port,host:port/chroot (default: $SUCCESSION_URL)
        -o, --output <format>     what stdout looks like (choices: "text", "json", "wide", default: "text")
        -t, --timeout <duration>  how long to wait for an answer, such as 500ms or 10s (default: 10s)

      Exits with 1 if anything is found that is an error.
      "
    `);
  });
});
