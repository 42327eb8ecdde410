// Each view in each look: no error, nothing that axe finds, nothing wider than the window; keys; refusals.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Cluster } from './cluster.mjs';
import { assertAccessible, launch, shot, url, visit } from './page.mjs';

let browser;
before(async () => { browser = await launch(); });
after(() => browser.close());

const LOOKS = [
  { name: 'desk', viewport: { width: 1440, height: 900 }, colorScheme: 'light', locale: 'en-US' },
  { name: 'desk-zh', viewport: { width: 1440, height: 900 }, colorScheme: 'dark', locale: 'zh-CN' },
  { name: 'tablet', viewport: { width: 1024, height: 768 }, colorScheme: 'dark', locale: 'en-US' },
  { name: 'phone', viewport: { width: 390, height: 844 }, colorScheme: 'light', locale: 'zh-CN' },
];

for (const { name, ...look } of LOOKS) {
  test(`every view is whole and accessible (${name})`, () =>
    visit(browser, url, look, async function looks(page) {
      const cluster = new Cluster(page);
      await cluster.pause();
      await cluster.seek(12e6); // always the same picture
      for (const [view, place] of [['Cluster', '#stage'], ['Log', '#log'], ['Producer', '#producer']]) {
        await page.getByRole('tab', { name: view }).click();
        await page.locator(place).waitFor();
        await shot(page, `${view}-${name}`.toLowerCase());
        await assertAccessible(page);
        const beyond = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
        assert.ok(beyond <= 0, `${view} is ${beyond} pixels wider than the window`);
      }
      await page.getByRole('tab', { name: 'Group' }).click();
      await page.locator('#group-choice').waitFor();
      await shot(page, `group-${name}`);
      await assertAccessible(page);
      const beyond = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
      assert.ok(beyond <= 0, `Group is ${beyond} pixels wider than the window`);
    }));
}

test('keys stop time, step by event, and go to both ends', () =>
  visit(browser, url, {}, async function keys(page) {
    const cluster = new Cluster(page);
    await page.keyboard.press('Space');
    await page.locator('.transport .play[aria-label=Play]').waitFor();
    await page.keyboard.press('ArrowRight');
    const [here, digest] = [await cluster.now(), await cluster.digest()];
    await page.keyboard.press('ArrowRight');
    assert.notEqual(await cluster.digest(), digest, 'a step changes the world');
    await page.keyboard.press('ArrowLeft');
    assert.deepEqual([await cluster.now(), await cluster.digest()], [here, digest], 'a step back is exact');
    await page.keyboard.press('Home');
    assert.equal(await cluster.now(), 0);
    await page.keyboard.press('End');
    assert.ok(await cluster.now() >= here, 'the end is the latest moment that was played');
  }));

test('what the cluster refuses is told with its name in Kafka', () =>
  visit(browser, url, {}, async function refusal(page) {
    const cluster = new Cluster(page);
    await cluster.command('More partitions orders');
    await page.fill('#form [name=total]', '1');
    await page.click('#form [type=submit]');
    const sentence = page.locator('#form [role=alert], #notice', { hasText: 'INVALID_PARTITIONS' });
    await cluster.speed(4);
    await sentence.waitFor();
    await shot(page, 'refused');
    assert.match(await cluster.text(), /orders-2/, 'the topic is as it was');
  }));

test('a broken link is one sentence, and the first world opens', () =>
  visit(browser, `${url}#w=1;0.1.0;modern-4.x;forty-two;3;0`, {}, async function link(page) {
    await page.locator('#notice', { hasText: 'seed "forty-two" is not a number' }).waitFor();
    assert.match(await new Cluster(page).text(), /orders-0 leader/);
  }));

test('a broken CSV is one sentence with its place, and nothing is sent', () =>
  visit(browser, url, {}, async function csv(page) {
    const cluster = new Cluster(page);
    await cluster.pause();
    const link = await page.evaluate(() => kafkascope.link());
    await page.click('#open-data');
    await page.setInputFiles('#data-file', {
      name: 'broken.csv', mimeType: 'text/csv', buffer: Buffer.from('id,name\n1,"Ann\n2,Bob\n'),
    });
    await page.click('#produce');
    const sentence = await page.locator('#data-problem').innerText();
    assert.match(sentence, /broken\.csv: line 2: a quotation mark is not closed/);
    await shot(page, 'broken-csv');
    assert.equal(await page.evaluate(() => kafkascope.link()), link, 'the world is untouched');
  }));
