// Every lesson from its first step to its score, by keyboard, in both languages; the first one also by mouse.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Cluster } from './cluster.mjs';
import { assertAccessible, launch, shot, url, visit } from './page.mjs';

let browser;
before(async () => { browser = await launch(); });
after(() => browser.close());

/** What the page says of the lesson: {id, step, stand, right}. */
const lesson = (page) => page.evaluate(() => JSON.parse(kafkascope.lesson()));

const stands = (page, ...wanted) =>
  page.waitForFunction((wanted) => wanted.includes(JSON.parse(kafkascope.lesson()).stand), wanted);

/** The numbers of all lessons, as the palette lists them. */
async function ids(page) {
  await page.keyboard.press('Control+k');
  await page.fill('#palette-input', 'L0');
  const labels = await page.locator('#palette-list [role=option]').allInnerTexts();
  await page.fill('#palette-input', 'L1');
  labels.push(...await page.locator('#palette-list [role=option]').allInnerTexts());
  await page.keyboard.press('Escape');
  return [...new Set(labels.flatMap((label) => label.match(/\bL\d\d\b/) ?? []))].sort();
}

/** Gives some answer with keys alone. */
async function answer(page) {
  const form = page.locator('#ask');
  if (await form.locator('.choices').count()) return page.keyboard.press('a');
  if (await form.locator('.number').count()) {
    await page.focus('#answer-0');
    return page.keyboard.type('5');
  }
  if (await form.locator('.order').count()) {
    await page.focus('#down-0');
    return page.keyboard.press('Enter');
  }
  for (const select of await form.locator('select').all()) {
    await select.focus();
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('Enter');
  }
  return undefined;
}

/** One step or question: predict, lock, run fast, go on. */
async function step(page) {
  if (await page.locator('#lock').count()) {
    assert.ok(await page.locator('#run').isDisabled(), 'nothing runs before the answer is locked');
    await answer(page);
    await page.focus('#lock');
    await page.keyboard.press('Enter');
    await stands(page, 'locked');
  }
  await page.focus('#run');
  await page.keyboard.press('Enter');
  await stands(page, 'runs', 'done');
  await page.keyboard.press('9');
  await stands(page, 'done');
}

async function through(page, id, looked = async () => {}) {
  for (let turn = 0; turn < 40; turn += 1) {
    const at = await lesson(page);
    assert.equal(at.id, id);
    if (at.stand === 'over') return;
    await step(page);
    await looked(at.step);
    await page.keyboard.press('PageDown');
    await page.waitForFunction((was) => {
      const now = JSON.parse(kafkascope.lesson());
      return now.stand !== 'done' || now.step !== was;
    }, at.step);
  }
  assert.fail(`${id} has no end`);
}

for (const [locale, tag] of [['en-US', 'en'], ['zh-CN', 'zh']]) {
  test(`every lesson by keyboard (${tag})`, { timeout: 900_000 }, () =>
    visit(browser, url, { locale, colorScheme: 'dark' }, async function everyLesson(page) {
      const all = await ids(page);
      assert.ok(all.includes('L01'), `there are lessons: ${all}`);
      for (const id of all) {
        await page.keyboard.press('Control+k');
        await page.fill('#palette-input', id);
        await page.keyboard.press('Enter');
        await page.locator('#lesson').waitFor();
        await through(page, id, async (at) => {
          if (at !== 1) return;
          await shot(page, `lesson-${id}-${tag}`.toLowerCase());
          await assertAccessible(page);
        });
        await shot(page, `lesson-${id}-${tag}-over`.toLowerCase());
      }
      await page.focus('#home');
      await page.keyboard.press('Enter');
      assert.match(await new Cluster(page).text(), /orders-0 leader/, "the reader's own world is back");
    }));
}

for (const [name, viewport] of [
  ['projector', { width: 1280, height: 720 }],
  ['tablet', { width: 1024, height: 768 }],
  ['phone', { width: 390, height: 844 }],
]) {
  test(`the first lesson by mouse (${name})`, () =>
    visit(browser, `${url}#lesson=L01`, { viewport, colorScheme: 'light' }, async function byMouse(page) {
      await page.locator('.choice').nth(1).click();
      assert.ok(await page.locator('#run').isDisabled());
      await page.click('#lock');
      await page.click('#run');
      await page.click('#skip');
      await page.locator('#outcome').waitFor();
      assert.deepEqual(await lesson(page), { id: 'L01', step: 1, stand: 'done', right: true });
      await shot(page, `lesson-l01-${name}`);
      await assertAccessible(page);
      const beyond = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
      assert.ok(beyond <= 0, `it is ${beyond} pixels wider than the window`);
      await page.click('#next');
      await page.click('#run');
      await page.click('#skip');
      await stands(page, 'done');
      await page.click('#next');
      assert.equal((await lesson(page)).step, 3);
      await page.click('#back');
      assert.equal((await lesson(page)).step, 2);
      await page.click('#home');
      await page.locator('#lesson').waitFor({ state: 'detached' });
    }));
}

test('an address opens a lesson at a step in a language; one of no lesson is one sentence', async () => {
  await visit(browser, `${url}#lesson=L01&step=3&lang=zh`, {}, async function address(page) {
    assert.equal((await lesson(page)).step, 3);
    await page.locator('#lesson', { hasText: '第 3 步' }).waitFor();
  });
  await visit(browser, `${url}#lesson=L77`, {}, async function nowhere(page) {
    await page.locator('#notice', { hasText: 'There is no lesson “L77”' }).waitFor();
    assert.match(await new Cluster(page).text(), /orders-0 leader/);
  });
});
