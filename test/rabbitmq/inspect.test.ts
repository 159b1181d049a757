// The command line looks at the first message of a queue, and puts it back.
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { run } from '@sealwire/cli';
import { fixture } from '../fixture.ts';
import { confirmed, openStage, type Stage } from './stage.ts';

async function command(...words: string[]) {
  const ran = { out: '', err: '' };
  const exitCode = await run(words, {
    out: (text) => void (ran.out += text),
    err: (text) => void (ran.err += text),
  });
  return { exitCode, ...ran };
}

describe('the first message of a queue', () => {
  let stage: Stage;
  beforeAll(async () => {
    stage = await openStage();
  });
  afterAll(() => stage.close());

  const look = (queue: string) =>
    command(
      'inspect',
      ...['--queue', queue, '--url', fixture().rabbitmqUrl],
      ...['--policy', stage.policy, '--agent', 'researcher'],
    );

  test('is shown, and is still there for its consumer', async () => {
    const sender = await stage.sender();
    await confirmed(sender, stage.queue, 'hello');
    const { exitCode, out, err } = await look(stage.queue);
    expect([exitCode, err]).toEqual([0, '']);
    expect(out).toContain('sender           orchestrator');
    expect(out).toContain('back in its queue');
    expect(await stage.depth(stage.queue)).toBe(1);
    const message = await (await stage.receiver()).get(stage.queue);
    if (message === false) throw new Error('nothing came');
    expect([message.content.toString(), message.fields.redelivered]).toEqual(['"hello"', true]);
  });

  test('is none where the queue is empty or missing, and it says so', async () => {
    for (const [queue, why] of [
      [stage.deadLetters, 'empty'],
      ['no-such-queue', 'no such queue'],
    ] as const) {
      const { exitCode, err } = await look(queue);
      expect([exitCode, err]).toEqual([1, expect.stringContaining(`ERR_USAGE_RECORD`)]);
      expect(err).toContain(why);
    }
  });
});
