use wasm_bindgen::JsCast;
use wasm_bindgen::closure::Closure;
use web_sys::AddEventListenerOptions;
use web_sys::Element;
use web_sys::Event;
use web_sys::EventTarget;
use web_sys::ResizeObserver;

/// A listener that ends when it is dropped.
pub struct Listener {
    target: EventTarget,
    kind: &'static str,
    call: Closure<dyn Fn(Event)>,
}

impl Listener {
    /// Listens to events of a kind. It is never passive: the page may keep the browser from scrolling.
    pub fn new(target: &EventTarget, kind: &'static str, call: impl Fn(Event) + 'static) -> Self {
        let call = Closure::<dyn Fn(Event)>::new(call);
        let options = AddEventListenerOptions::new();
        options.set_passive(false);
        let function = call.as_ref().unchecked_ref();
        let _ =
            target.add_event_listener_with_callback_and_add_event_listener_options(kind, function, &options);
        Self { target: target.clone(), kind, call }
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        let _ =
            self.target.remove_event_listener_with_callback(self.kind, self.call.as_ref().unchecked_ref());
    }
}

/// Watches the size of an element until it is dropped.
pub struct Resizes {
    observer: ResizeObserver,
    _call: Closure<dyn Fn()>,
}

impl Resizes {
    pub fn new(element: &Element, call: impl Fn() + 'static) -> Option<Self> {
        let call = Closure::<dyn Fn()>::new(call);
        let observer = ResizeObserver::new(call.as_ref().unchecked_ref()).ok()?;
        observer.observe(element);
        Some(Self { observer, _call: call })
    }
}

impl Drop for Resizes {
    fn drop(&mut self) {
        self.observer.disconnect();
    }
}
