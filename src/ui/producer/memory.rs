use yew::prelude::*;

use super::Draw;
use super::words as w;
use crate::ui::words as common;
use crate::view::About;
use crate::view::PoolView;
use crate::view::SendingView;

/// Cells of the pool that are drawn when it holds more buffers than that.
const CELLS: i64 = 32;

/// `buffer.memory`: who holds it, and who waits for it.
pub(super) fn card(draw: &Draw<'_>, view: &SendingView) -> Html {
    let language = draw.language;
    let pool = &view.pool;
    let taken = pool.total - pool.free;
    let cells = pool.total.div_euclid(i64::from(view.limits.batch_size)).clamp(1, CELLS);
    let bytes = |count: i64| common::bytes(count.unsigned_abs());
    let count = |count: i64| common::count(count.unsigned_abs());
    html! {
        <section class="box memory" aria-label={w::MEMORY.of(language)}>
            <h3>
                { w::MEMORY.of(language) }
                <span class="grow" />
                <span class="mono">{ format!("{} %", taken * 100 / pool.total.max(1)) }</span>
                { draw.why(About::Memory, "buffer.memory") }
            </h3>
            <div class="cells" aria-hidden="true">
                for class in classes_of(pool, cells) {
                    <i class={class} />
                }
            </div>
            <p class="legend">
                <span><i class="in-flight" />{ w::M_IN_FLIGHT.with(language, &[&bytes(pool.in_flight)]) }</span>
                <span><i class="in-deque" />{ w::M_WAITING.with(language, &[&bytes(pool.queued)]) }</span>
                <span><i class="free" />{ w::M_FREE.with(language, &[&bytes(pool.free)]) }</span>
            </p>
            <p class="mono">{ w::MEMORY_OF.with(language, &[&count(taken), &count(pool.total)]) }</p>
            for waiter in &pool.waiters {
                <p class="warn">{ w::THREAD_WAITS.with(language, &[&waiter.size, &waiter.given, &waiter.waited_ms]) }</p>
            }
            <p class="quiet">{ w::MEMORY_SAYS.of(language) }</p>
        </section>
    }
}

/// The cells in order: in flight, waiting, free. Whoever holds anything has at least one.
fn classes_of(pool: &PoolView, cells: i64) -> Vec<&'static str> {
    let share = |bytes: i64| match bytes {
        0 => 0,
        _ => (bytes * cells / pool.total.max(1)).max(1),
    };
    let flying = share(pool.in_flight).min(cells);
    let queued = share(pool.queued).min(cells - flying);
    let class = |at: i64| match at {
        at if at < flying => "in-flight",
        at if at < flying + queued => "in-deque",
        _ => "free",
    };
    (0..cells).map(class).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_single_batch_is_seen_in_a_large_pool_and_a_full_pool_has_no_free_cell() {
        let pool = |queued, in_flight| PoolView {
            total: 1_000_000,
            free: 1_000_000 - queued - in_flight,
            queued,
            in_flight,
            waiters: Vec::new(),
        };
        let count = |pool: &PoolView, class| classes_of(pool, 32).iter().filter(|c| **c == class).count();
        assert_eq!(count(&pool(100, 0), "in-deque"), 1);
        assert_eq!(count(&pool(500_000, 500_000), "free"), 0);
    }
}
