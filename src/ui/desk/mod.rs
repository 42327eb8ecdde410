//! The desk: what the page holds in its hands. It owns the engine and the playhead, takes the reader's wishes, and
//! tells components when what they read has changed.

mod ask;
mod group;
mod hook;
mod keys;
mod lesson;
mod play;
mod practice;
mod speed;
mod state;
mod trip;
mod twin;

use std::cell::Cell;
use std::cell::RefCell;
use std::rc::Rc;

use yew::Callback;

pub use ask::{Ask, Course, Draft, Run, Source, Tail, candidates};
pub use hook::{use_desk, use_language, use_pick};
pub use keys::{Key, Wish, wish};
pub use practice::{Answered, Interview, Phase, ProgressKeeper};
pub use speed::Speed;
pub use state::{
    Asked, Clock, Dialog, FormKind, GroupFocus, LogFocus, Notice, Page, Present, ProducerFocus, Screen, Seen,
    Shared, Sheet, Taste, Tone,
};

use crate::ui::engine::Engine;

/// Draws a frame from the page; given the reader's milliseconds since the last one. True = something still moves.
pub type Painter = Rc<dyn Fn(&Page, f64) -> bool>;

/// A handle on the desk; cloning it copies a pointer.
#[derive(Clone)]
pub struct Desk(Rc<Inner>);

struct Inner {
    engine: RefCell<Engine>,
    /// The reader's own world while a lesson's is on the stage.
    own: RefCell<Option<lesson::Own>>,
    keep_progress: RefCell<Option<ProgressKeeper>>,
    /// The worlds in which the steps of the lesson begin, as far as they are known.
    starts: RefCell<Vec<crate::lab::Timeline>>,
    /// The world in which the question or step began.
    start: RefCell<Option<crate::lab::Timeline>>,
    page: RefCell<Page>,
    group: RefCell<group::Kept>,
    /// They tell whether they draw themselves anew.
    listeners: RefCell<Vec<(u64, Callback<(), bool>)>>,
    painters: RefCell<Vec<(u64, Painter)>>,
    /// Asks for a frame, once the page is mounted.
    wake: RefCell<Option<Rc<dyn Fn()>>>,
    next: Cell<u64>,
    last_frame: Cell<f64>,
    last_told: Cell<f64>,
    /// What the next frame is for.
    next_frame: Cell<play::Turn>,
    rendered: Cell<u32>,
}

impl PartialEq for Desk {
    fn eq(&self, other: &Self) -> bool {
        Rc::ptr_eq(&self.0, &other.0)
    }
}

impl Desk {
    pub fn new(engine: Engine, taste: Taste) -> Self {
        let page = Page { taste, unit: 1, ..Page::default() };
        let desk = Self(Rc::new(Inner {
            engine: RefCell::new(engine),
            own: RefCell::default(),
            keep_progress: RefCell::default(),
            starts: RefCell::default(),
            start: RefCell::default(),
            page: RefCell::new(page),
            group: RefCell::default(),
            listeners: RefCell::default(),
            painters: RefCell::default(),
            wake: RefCell::default(),
            next: Cell::new(0),
            last_frame: Cell::new(0.0),
            last_told: Cell::new(0.0),
            next_frame: Cell::default(),
            rendered: Cell::new(0),
        }));
        desk.look_again();
        desk
    }

    /// Reads what the page shows.
    pub fn read<T>(&self, pick: impl FnOnce(&Page) -> T) -> T {
        pick(&self.0.page.borrow())
    }

    /// Reads the engine.
    pub fn engine<T>(&self, pick: impl FnOnce(&Engine) -> T) -> T {
        pick(&self.0.engine.borrow())
    }

    /// Changes what the page shows, and tells everybody.
    pub fn change(&self, change: impl FnOnce(&mut Page)) {
        change(&mut self.0.page.borrow_mut());
        self.tell();
    }

    /// Tells every component to look again, and asks for a frame.
    pub fn tell(&self) {
        for (_, call) in self.0.listeners.borrow().clone() {
            call.emit(());
        }
        self.wake();
    }

    /// Tells the components behind this one, up to the first that draws itself anew: which one that is.
    fn tell_one(&self, last: u64) -> Option<u64> {
        let all = self.0.listeners.borrow().clone();
        all.into_iter().find(|(id, call)| *id > last && call.emit(())).map(|(id, _)| id)
    }

    /// Asks for a frame.
    pub fn wake(&self) {
        let wake = self.0.wake.borrow().clone();
        if let Some(wake) = wake {
            wake();
        }
    }

    /// For the page's root: how to ask for a frame.
    pub fn set_wake(&self, wake: impl Fn() + 'static) {
        *self.0.wake.borrow_mut() = Some(Rc::new(wake));
    }

    /// How often components have read the page to draw themselves, for benchmarks and tests.
    pub fn rendered(&self) -> u32 {
        self.0.rendered.get()
    }

    fn listen(&self, call: Callback<(), bool>) -> u64 {
        let id = self.0.next.get() + 1;
        self.0.next.set(id);
        self.0.listeners.borrow_mut().push((id, call));
        id
    }

    fn unlisten(&self, id: u64) {
        self.0.listeners.borrow_mut().retain(|(listener, _)| *listener != id);
    }

    /// Draws with every frame until [`leave`](Self::leave).
    pub fn paint_with(&self, painter: Painter) -> u64 {
        let id = self.0.next.get() + 1;
        self.0.next.set(id);
        self.0.painters.borrow_mut().push((id, painter));
        self.wake();
        id
    }

    pub fn leave(&self, painter: u64) {
        self.0.painters.borrow_mut().retain(|(id, _)| *id != painter);
    }

    /// Says a sentence to the reader.
    pub fn say(&self, tone: Tone, text: impl Into<String>) {
        let notice = Notice { text: text.into(), tone };
        self.change(|page| page.notice = Some(notice));
    }
}
