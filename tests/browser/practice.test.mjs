// The practice page: an interview of five, a file of progress out and in, two tabs, no storage.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { after, before, test } from 'node:test';
import { assertAccessible, launch, shot, url, visit } from './page.mjs';

let browser;
before(async () => { browser = await launch(); });
after(() => browser.close());

const LOOKS = [
  { name: 'desk', viewport: { width: 1440, height: 900 }, colorScheme: 'light', locale: 'zh-CN', tab: '练习' },
  { name: 'phone', viewport: { width: 390, height: 844 }, colorScheme: 'dark', locale: 'en-US', tab: 'Practice' },
];

for (const { name, tab, ...look } of LOOKS) {
  test(`the practice page is whole and accessible (${name})`, () =>
    visit(browser, url, look, async function practice(page) {
      await page.getByRole('tab', { name: tab }).click();
      await page.locator('#map').waitFor();
      await shot(page, `practice-${name}`);
      await assertAccessible(page);
      const beyond = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
      assert.ok(beyond <= 0, `it is ${beyond} pixels wider than the window`);
    }));
}

test('a mock interview of five', () =>
  visit(browser, url, {}, async function interview(page) {
    await page.getByRole('tab', { name: 'Practice' }).click();
    await page.selectOption('#interview-count', { index: 1 });
    await page.click('#begin-interview');
    for (let question = 0; question < 5; question += 1) {
      await page.locator('#interview', { hasText: `question ${question + 1} of 5` }).waitFor();
      if (question === 1) await page.fill('#interview-answer', 'In my own words.');
      await page.click('#answered');
      await page.check('#point-0');
      await page.check('#point-2');
      if (question === 0) {
        await assertAccessible(page);
        await page.click('#see-run');
        await page.locator('#question #ask').waitFor();
        await shot(page, 'interview-run');
        await page.click('#home');
      }
      await page.click('#interview-on');
      await page.locator('#follow-up').waitFor();
      await page.click('#interview-on');
    }
    await page.locator('#interview', { hasText: '10 of 15 key points said' }).waitFor();
    await shot(page, 'interview-over');
    assert.equal(await page.locator('#results li').count(), 5);
  }));

test('progress goes out as a file and comes back; a foreign one changes nothing', () =>
  visit(browser, url, {}, async function file(page) {
    await page.getByRole('tab', { name: 'Practice' }).click();
    await page.setInputFiles('#import', {
      name: 'mine.txt', mimeType: 'text/plain',
      buffer: Buffer.from('kafkascope progress 1\nlesson L01 steps 1 2\n'),
    });
    await page.locator('#L01', { hasText: '2 of' }).waitFor();
    await page.setInputFiles('#import', { name: 'x.png', mimeType: 'image/png', buffer: Buffer.from('PNG') });
    await page.locator('#notice', { hasText: 'x.png is not a progress file' }).waitFor();
    const [download] = await Promise.all([page.waitForEvent('download'), page.click('#export')]);
    assert.match(await readFile(await download.path(), 'utf8'), /^kafkascope progress 1\nlesson L01 steps 1 2\n$/);
    await page.reload();
    await page.getByRole('tab', { name: 'Practice' }).click();
    await page.locator('#L01', { hasText: '2 of' }).waitFor();
  }));

test('of two tabs the later wins', () =>
  visit(browser, url, {}, async function tabs(page, context) {
    const other = await context.newPage();
    await other.goto(url);
    for (const tab of [page, other]) await tab.getByRole('tab', { name: 'Practice' }).click();
    await other.setInputFiles('#import', {
      name: 'mine.txt', mimeType: 'text/plain',
      buffer: Buffer.from('kafkascope progress 1\nlesson L01 steps 1 2 3\n'),
    });
    await page.locator('#L01', { hasText: '3 of' }).waitFor();
  }));

test('without storage everything works and one line says that progress is not kept', () =>
  visit(browser, url, {}, async function blocked(page) {
    await page.evaluate(() => { Storage.prototype.setItem = () => { throw new DOMException('full', 'QuotaExceededError'); }; });
    await page.getByRole('tab', { name: 'Practice' }).click();
    await page.fill('#interview-day', '2099-01-01');
    await page.locator('#interview-day').blur();
    await page.locator('#not-kept').waitFor();
    assert.equal(await page.inputValue('#interview-day'), '2099-01-01');
  }));
