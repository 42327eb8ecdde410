use std::cell::RefCell;
use std::rc::Rc;

use gloo::render::AnimationFrame;
use gloo::render::request_animation_frame;

/// Milliseconds since the page began, for measuring and for the reader's own time; never for the engine.
pub fn now_ms() -> f64 {
    web_sys::window().and_then(|w| w.performance()).map_or(0.0, |p| p.now())
}

/// Calls a function before each repaint while it asks for more. Nothing runs while nothing moves.
#[derive(Clone)]
pub struct Frames {
    inner: Rc<Inner>,
}

struct Inner {
    pending: RefCell<Option<AnimationFrame>>,
    /// Given the time in ms; true = call again.
    draw: Box<dyn Fn(f64) -> bool>,
}

impl Frames {
    pub fn new(draw: impl Fn(f64) -> bool + 'static) -> Self {
        Self { inner: Rc::new(Inner { pending: RefCell::new(None), draw: Box::new(draw) }) }
    }

    /// Asks for the next repaint; once is enough.
    pub fn wake(&self) {
        if self.inner.pending.borrow().is_some() {
            return;
        }
        let again = self.clone();
        let frame = request_animation_frame(move |time| {
            again.inner.pending.borrow_mut().take();
            if (again.inner.draw)(time) {
                again.wake();
            }
        });
        *self.inner.pending.borrow_mut() = Some(frame);
    }

    pub fn stop(&self) {
        self.inner.pending.borrow_mut().take();
    }
}
