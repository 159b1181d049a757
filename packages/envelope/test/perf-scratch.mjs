import { world, sealer, opener, outgoing, receivedFrom } from './world.scratch.ts';
import * as crypto from 'node:crypto';
const w = world();
for (const size of [256, 1024, 4096])
  for (const n of [1, 64]) {
    const seal = sealer(w),
      open = opener(w);
    const batch = Array.from({ length: n }, () => outgoing({ payload: crypto.randomBytes(size) }));
    const rounds = Math.ceil(6000 / n);
    let sealed;
    for (let i = 0; i < rounds / 3; i++) sealed = seal(batch);
    let t = process.hrtime.bigint();
    const all = [];
    for (let i = 0; i < rounds; i++) all.push(seal(batch));
    let us = Number(process.hrtime.bigint() - t) / 1e3 / rounds / n;
    const recs = all.map((b) => b.map((s) => receivedFrom(s)));
    for (let i = 0; i < rounds / 3; i++) await open(recs[i]);
    t = process.hrtime.bigint();
    for (const r of recs) await open(r);
    let us2 = Number(process.hrtime.bigint() - t) / 1e3 / rounds / n;
    console.log(
      size,
      n,
      'seal',
      us.toFixed(2),
      'open',
      us2.toFixed(2),
      'overhead',
      sealed[0].value.length - size,
    );
  }
