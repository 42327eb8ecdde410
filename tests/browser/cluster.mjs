// The page as a reader's hands have it: what the cluster shows, and how it is told what to do.
import assert from 'node:assert/strict';
import { setTimeout as pause } from 'node:timers/promises';
import { PATIENCE } from './page.mjs';

/** Clicks and keys on a page, and what `window.kafkascope` says about it. */
export class Cluster {
  constructor(page) {
    this.page = page;
  }

  /** The replicas, a line each: `b1 orders-0 leader   e0 log 0..15 hw 15 isr`. */
  text() {
    return this.page.evaluate(() => kafkascope.cluster());
  }

  /** The moment on the page, in microseconds. */
  now() {
    return this.page.evaluate(() => kafkascope.now());
  }

  /** Goes to a moment, in microseconds, and stops there. */
  async seek(moment) {
    await this.page.evaluate((to) => kafkascope.seek(to / 1000), moment);
  }

  digest() {
    return this.page.evaluate(() => kafkascope.digest());
  }

  /** Waits until the cluster's text is as wanted. */
  async until(wanted, what = wanted) {
    const end = Date.now() + 3 * PATIENCE;
    for (;;) {
      const text = await this.text();
      if (wanted(text)) return text;
      assert.ok(Date.now() < end, `the cluster never came so far: ${what}\n${text}`);
      await pause(50);
    }
  }

  /** What is known of the replicas of a partition, leader or not. */
  async replicas(partition) {
    return replicas(await this.text(), partition);
  }

  /** The broker that leads a partition. */
  async leader(partition) {
    const found = (await this.replicas(partition)).find((replica) => replica.role === 'leader');
    assert.ok(found, `${partition} has a leader`);
    return found.broker;
  }

  /** Types a command into the palette and takes the first that fits. */
  async command(words) {
    await this.page.click('#open-palette');
    await this.page.fill('#palette-input', words);
    await this.page.keyboard.press('Enter');
  }

  /** Presses a digit: 1 is the slowest speed, 5 the reader's own, 9 the fastest. */
  async speed(key) {
    await this.page.keyboard.press(`${key}`);
  }

  isPlaying() {
    return this.page.locator('.transport .play[aria-label=Pause]').count();
  }

  async play() {
    if (!await this.isPlaying()) await this.page.click('.transport .play');
  }

  async pause() {
    if (await this.isPlaying()) await this.page.click('.transport .play');
  }

  /** Where a thing of the stage is on the page. */
  async place(name) {
    const place = await this.page.waitForFunction((name) => kafkascope.place(name), name).then((it) => it.jsonValue());
    const stage = await this.page.locator('#stage').boundingBox();
    return { x: stage.x + place[0], y: stage.y + place[1], width: place[2], height: place[3] };
  }

  /** Clicks on a thing of the stage, near its upper left corner where nothing else lies. */
  async click(name) {
    const { x, y } = await this.place(name);
    await this.page.mouse.click(x + 4, y + 4);
  }

  /** Turns the wheel over a record until its log opens. */
  async zoomInto(name) {
    const log = this.page.locator('#log');
    for (let turn = 0; turn < 40 && !await log.count(); turn += 1) {
      const { x, y, width, height } = await this.place(name);
      await this.page.mouse.move(x + width / 2, y + height / 2);
      await this.page.mouse.wheel(0, -240);
      await this.page.evaluate(() => new Promise((done) => { requestAnimationFrame(() => requestAnimationFrame(done)); }));
    }
    await log.waitFor();
  }

  /** Drags the timeline to a moment that was played, in microseconds. */
  async scrub(to) {
    const box = await this.page.locator('#timeline').boundingBox();
    const head = async () => {
      const rect = await this.page.locator('#timeline .head').boundingBox();
      return rect.x + rect.width / 2;
    };
    await this.page.mouse.move(await head(), box.y + box.height / 2);
    await this.page.mouse.down();
    let [low, high] = [box.x, box.x + box.width];
    while (high - low > 1) {
      const x = (low + high) / 2;
      await this.page.mouse.move(x, box.y + box.height / 2);
      if (await this.now() > to) high = x;
      else low = x;
    }
    await this.page.mouse.move(low, box.y + box.height / 2);
    await this.page.mouse.up();
  }
}

/** The replicas of a partition in a cluster's text. */
export function replicas(text, partition) {
  const line = /^b(\d+) (\S+) (\w+) +e(-?\d+) log (\d+)\.\.(\d+) hw (\d+)( isr)?$/gm;
  return [...text.matchAll(line)]
    .filter((found) => found[2] === partition)
    .map(([, broker, , role, epoch, start, end, hw, isr]) => ({
      broker: +broker, role, epoch: +epoch, start: +start, end: +end, hw: +hw, isr: !!isr,
    }));
}
