// Why: a person who opens the dashboard of a workspace with a thousand orders shall not wait for it.
// Promises: real pages by real requests, in turn with those of a workspace with one order. Where Chromium is there,
// also the time until it has painted Now.
// Never: signs in within a measured time.
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { chromium, type Page } from 'playwright-core';
import { openFourline } from '../src/api.ts';
import { type Served, serveDash } from '../src/dash/dash.ts';
import { settleMany } from './copies.ts';
import { cardOf, type Office, openOffice, threeFiles } from './kit.ts';
import { type Figure, inTurn, type Measure, tellMeasures } from './tell.ts';

const browserPath = '/usr/bin/chromium';
const pages = ['', 'history', 'health', 'costs'] as const;

/** P11. */
export const dashFigure: Measure = {
  name: 'P11',
  rounds: 6,
  measure: async ({ rounds, long }) => {
    const count = long ? 10_000 : 1000;
    const plan = { sandbox: 'off', files: 100, cards: { coder: cardOf(threeFiles) } } as const;
    const offices = [await openOffice(plan), await openOffice(plan)] as const;
    const served: Served[] = [];
    try {
      for (const [at, size] of [count, 1].entries()) {
        const office = offices[at] as Office;
        await settleMany(office, size, 'said');
        const fourline = await openFourline(office.root, { env: office.env });
        served.push(await serveDash(fourline, { port: 0, readOnly: true, env: office.env }));
      }
      const [many, one] = served as [Served, Served];
      const figures: Figure[] = [];
      const figure = { name: 'P11', unit: 'ms', beside: 'with one' } as const;
      for (const path of pages) {
        const ask = ({ address, token }: Served) =>
          fetch(`${address}${path}`, { headers: { authorization: `Bearer ${token}` } }).then((answer) => answer.text());
        const times = await inTurn(rounds, { many: () => ask(many), one: () => ask(one) });
        const what = `the page /${path} with ${count.toLocaleString('en')} orders`;
        figures.push({ ...figure, what, value: times.many, bare: times.one });
      }
      if (!existsSync(browserPath)) return figures;
      const times = await paintTimes(rounds, many, one);
      return [...figures, { ...figure, what: 'Now painted in Chromium', value: times.many, bare: times.one }];
    } finally {
      for (const dash of served) await dash.close();
      for (const office of offices) await office.close();
    }
  },
};

async function paintTimes(rounds: number, many: Served, one: Served): Promise<{ many: number; one: number }> {
  const profile = await mkdtemp(`${tmpdir()}/fourline-paint-`);
  const options = { executablePath: browserPath, headless: true, args: ['--no-sandbox', '--disable-gpu'] };
  const browser = await chromium.launchPersistentContext(profile, options);
  try {
    const page = await browser.newPage();
    for (const { url } of [many, one]) {
      await page.goto(url);
      await page.getByRole('heading', { name: 'Now' }).waitFor();
    }
    return await inTurn(rounds, { many: () => paintTime(page, many), one: () => paintTime(page, one) });
  } finally {
    await browser.close();
    await rm(profile, { recursive: true, force: true });
  }
}

// Milliseconds from the beginning of the navigation to the first paint with content (Paint Timing, W3C).
async function paintTime(page: Page, { address }: Served): Promise<number> {
  await page.goto(address);
  return page.evaluate(`new Promise((done) => new PerformanceObserver((list, self) => {
    const [paint] = list.getEntriesByName('first-contentful-paint');
    if (paint) { self.disconnect(); done(paint.startTime); }
  }).observe({ type: 'paint', buffered: true }))`);
}

if (import.meta.main) await tellMeasures([dashFigure]);
