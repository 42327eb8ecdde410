// A class: the teacher's card, a vote, a frame in somebody else's page, a dark screen; and the page without a network.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Cluster } from './cluster.mjs';
import { assertAccessible, launch, shot, started, url, visit } from './page.mjs';

let browser;
before(async () => { browser = await launch(); });
after(() => browser.close());

const lesson = `${url}#lesson=L01`;

test('a class votes, talks, votes again, and the engine decides', () =>
  visit(browser, lesson, {}, async function vote(page) {
    await page.click('#teach');
    await page.locator('#class-card').waitFor();
    await shot(page, 'class-card');
    await assertAccessible(page);
    await page.click('#class-vote');
    const more = (letter) => page.getByRole('button', { name: `one more for ${letter}` });
    await more('A').click();
    await page.keyboard.press('a');
    await page.keyboard.press('b');
    await page.keyboard.press('c');
    await page.keyboard.press('Shift+C');
    assert.deepEqual((await page.locator('.vote-count').allInnerTexts()).slice(0, 3), ['2', '1', '0']);
    await page.click('#vote-again');
    await more('B').click();
    await more('B').click();
    await shot(page, 'class-vote');
    await assertAccessible(page);
    await page.click('#vote-run');
    await page.locator('#vote').waitFor({ state: 'detached' });
  }));

test('presenting is light and large, and Shift+B darkens the screen', () =>
  visit(browser, url, { colorScheme: 'dark' }, async function present(page) {
    const cluster = new Cluster(page);
    await cluster.pause();
    await cluster.command('Present: text 1.5');
    assert.equal(await page.evaluate(() => document.documentElement.dataset.theme), 'light');
    await shot(page, 'present');
    await assertAccessible(page);
    await page.keyboard.press('Shift+B');
    await page.locator('.blank').waitFor();
    await page.keyboard.press('Shift+B');
    await page.locator('.blank').waitFor({ state: 'detached' });
  }));

test('a presenter reveals what was right when the class has talked', () =>
  visit(browser, lesson, {}, async function reveal(page) {
    await page.keyboard.press('Control+k');
    await page.fill('#palette-input', 'Present: text 1.0');
    await page.keyboard.press('Enter');
    for (const key of ['b', 'PageDown', 'PageDown', 'PageDown']) await page.keyboard.press(key);
    await page.locator('#reveal').waitFor();
    assert.equal(await page.locator('#outcome').count(), 0, 'nothing tells the answer yet');
    await page.keyboard.press('PageDown');
    await page.locator('#outcome').waitFor();
    await shot(page, 'class-revealed');
  }));

test('a frame without storage in another page plays a lesson and tells of it', async () => {
  const context = await browser.newContext({ viewport: { width: 1280, height: 720 } });
  const page = await context.newPage();
  await page.setContent('<!doctype html><title>course</title><body></body>');
  await page.evaluate((address) => {
    window.told = [];
    addEventListener('message', ({ data }) => { if (data.source === 'kafkascope') window.told.push(data); });
    const frame = document.createElement('iframe');
    frame.sandbox = 'allow-scripts';
    frame.width = 1200;
    frame.height = 675;
    frame.src = address;
    document.body.append(frame);
  }, `${url}?embed=1#lesson=L01`);
  await page.waitForFunction(() => window.told.some(({ event }) => event === 'step'));
  const told = await page.evaluate(() => window.told);
  assert.equal(told[0].event, 'ready');
  assert.deepEqual(told.find(({ event }) => event === 'step'), { source: 'kafkascope', event: 'step', lesson: 'L01', step: 1 });
  await shot(page, 'embedded');
  await context.close();
});

test('after one visit the page opens without a network', () =>
  visit(browser, url, {}, async function offline(page, context) {
    await page.evaluate(async () => {
      await navigator.serviceWorker.ready;
      const kept = async () => (await caches.keys()).length > 0 && (await caches.match('app_bg.wasm')) !== undefined;
      while (!(await kept())) await new Promise((next) => { requestAnimationFrame(next); });
    });
    await context.setOffline(true);
    await page.reload();
    await started(page);
    await new Cluster(page).until((text) => /orders-0 leader/.test(text), 'the first world runs offline');
    await context.setOffline(false);
  }));
