// `window.kafkascope` as a teacher uses it: from the console, and from a page around the frame.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { launch, program, started, url, visit } from './page.mjs';

let browser;
before(async () => { browser = await launch(); });
after(() => browser.close());

/** The examples of the README, by their language. */
const examples = (language) =>
  [...readFileSync(new URL('../../README.md', import.meta.url), 'utf8').matchAll(/```(\w+)\n([^`]*(?:`[^`\n]+`[^`]*)*?)```/g)]
    .filter((found) => found[1] === language).map((found) => found[2]);

/** Runs a script in the page; answers what it printed. */
const run = (page, script) =>
  page.evaluate(async (text) => {
    const lines = [];
    const log = console.log;
    console.log = (...words) => lines.push(words.join(' '));
    try {
      await Object.getPrototypeOf(async () => {}).constructor(text)();
    } finally {
      console.log = log;
    }
    return lines;
  }, script);

/** What a door says when it refuses. */
const refusal = (page, script) =>
  page.evaluate((text) => Object.getPrototypeOf(async () => {}).constructor(text)().then(() => 'nothing', (error) => error.message), script);

test('the examples of the README do what they say', () =>
  visit(browser, url, {}, async function readme(page) {
    const [crash, lag] = examples('js');
    const [said] = await run(page, crash);
    assert.match(said, /^broker [23] leads; the log of broker 1 went on to [1-9]\d*$/);
    const lags = (await run(page, lag)).map((line) => Number(line.split(' ')[1]));
    assert.equal(lags.length, 5);
    assert.ok(lags.at(-1) > lags[0], `nobody reads orders-0, and the lag grows: ${lags}`);
  }));

test('a page around the frame acts in it, and its link is the same world in a terminal', () =>
  visit(browser, url, { serviceWorkers: 'block' }, async function around(page) {
    const [example] = examples('html');
    const address = new URL('around.html', url).href;
    await page.route(address, (route) => route.fulfill({ contentType: 'text/html', body: `<!doctype html>${example}` }));
    await page.goto(address);
    const frame = page.frameLocator('#kafka');
    await frame.locator('html[data-started]:not(:has(#shell))').waitFor({ state: 'attached' });
    const [said] = await run(page, 'await slow();');
    const [link, digest] = said.split(' ');
    assert.match(digest, /^[0-9a-f]{16}$/);
    const printed = execFileSync(program(), ['run', link, '--print', 'digest'], { encoding: 'utf8' });
    assert.equal(printed.trim(), digest);
  }));

test('a moment has one digest, whichever way one came there', () =>
  visit(browser, url, {}, async function moments(page) {
    const [first, later, again] = await page.evaluate(async () => {
      const moments = [];
      for (const ms of [10_000, 11_500, 10_000]) {
        moments.push([await kafkascope.seek(ms), await kafkascope.digest()].join(' '));
      }
      return moments;
    });
    assert.equal(again, first);
    assert.notEqual(later, first);
    assert.match(first, /^10000 /);
  }));

test('a long run leaves the page its turns, what is asked meanwhile waits, and the digest is the same', () =>
  visit(browser, url, {}, async function long(page) {
    const [turns, order, digest] = await page.evaluate(async () => {
      await kafkascope.seek(10_000);
      let turns = 0;
      const clock = setInterval(() => { turns += 1; }, 0);
      const order = [];
      const told = (name) => (value) => { order.push(name); return value; };
      const run = kafkascope.run(20_000).then(told('run'));
      const back = kafkascope.seek(18_000).then(told('seek'));
      const read = kafkascope.digest().then(told('digest'));
      const digest = (await Promise.all([run, back, read]))[2];
      clearInterval(clock);
      return [turns, order, digest];
    });
    assert.ok(turns > 5, `the page had ${turns} turns`);
    assert.deepEqual(order, ['run', 'seek', 'digest']);
    await page.reload();
    await started(page);
    const again = await page.evaluate(async () => {
      for (let ms = 10_000; ms <= 18_000; ms += 2_000) await kafkascope.seek(ms);
      return kafkascope.digest();
    });
    assert.equal(again, digest);
  }));

test('the older half of history goes when the reader says so, and the world is the same', () =>
  visit(browser, url, {}, async function history(page) {
    await page.evaluate(() => kafkascope.seek(10_000).then(() => kafkascope.run(15_000)));
    const digest = await page.evaluate(() => kafkascope.digest());
    await page.locator('#open-room').click();
    await page.getByText('You can go back to the beginning.').waitFor();
    await page.locator('#let-go').click();
    await page.locator('.transport .play[aria-label=Pause]').click();
    const begin = await page.evaluate(() => kafkascope.seek(0));
    assert.ok(begin > 2_000 && begin < 20_000, `history begins at ${begin} ms`);
    await page.locator('#open-room').click();
    await page.getByText('What was before has been let go').waitFor();
    await page.keyboard.press('Escape');
    await page.evaluate(() => kafkascope.seek(25_000));
    assert.equal(await page.evaluate(() => kafkascope.digest()), digest);
    const link = await page.evaluate(() => kafkascope.link());
    assert.equal(execFileSync(program(), ['run', link, '--print', 'digest'], { encoding: 'utf8' }).trim(), digest);
  }));

test('a reader who moves the clock ends a run, which says so', () =>
  visit(browser, url, {}, async function taken(page) {
    await page.evaluate(() => kafkascope.seek(10_000));
    const said = page.evaluate(() => kafkascope.run(100_000_000).then(() => 'arrived', (error) => error.message));
    await page.waitForFunction(() => kafkascope.now() > 10_050_000); // it is under way
    await page.keyboard.press('Home');
    assert.match(await said, /somebody moved the clock/);
    assert.equal(await page.evaluate(() => kafkascope.run(1_000)), 1_000);
  }));

test('what cannot be done is refused with its reason, and nothing changes', () =>
  visit(browser, url, {}, async function refused(page) {
    await page.evaluate(() => kafkascope.seek(10_000));
    const before = await page.evaluate(() => kafkascope.digest());
    assert.match(await refusal(page, 'await kafkascope.act({ Crash: { node: 77 } })'), /77/);
    assert.match(await refusal(page, 'await kafkascope.act({ Explode: {} })'), /Explode/);
    assert.match(await refusal(page, 'await kafkascope.probe("water(orders-0)")'), /hw\(broker, partition\)/);
    assert.match(await refusal(page, 'await kafkascope.run(-5)'), /milliseconds/);
    assert.equal(await page.evaluate(() => kafkascope.digest()), before);
  }));
