//! Large data that the browser keeps for this page, in IndexedDB: what the reader dropped in, by its hash.

use js_sys::Promise;
use js_sys::Uint8Array;
use wasm_bindgen::JsCast;
use wasm_bindgen::JsValue;
use wasm_bindgen::closure::Closure;
use wasm_bindgen_futures::JsFuture;
use web_sys::IdbDatabase;
use web_sys::IdbRequest;
use web_sys::IdbTransactionMode;

const DATABASE: &str = "kafkascope";
const STORE: &str = "blobs";

/// A promise of what a request answers.
fn answer(request: &IdbRequest) -> Promise {
    Promise::new(&mut |resolve, reject| {
        let of = request.clone();
        let done = Closure::once_into_js(move || {
            let _ = resolve.call1(&JsValue::NULL, &of.result().unwrap_or(JsValue::UNDEFINED));
        });
        let failed = Closure::once_into_js(move || {
            let _ = reject.call0(&JsValue::NULL);
        });
        request.set_onsuccess(Some(done.unchecked_ref()));
        request.set_onerror(Some(failed.unchecked_ref()));
    })
}

async fn open() -> Option<IdbDatabase> {
    let factory = web_sys::window()?.indexed_db().ok()??;
    let request = factory.open_with_u32(DATABASE, 1).ok()?;
    let upgrade = {
        let request = request.clone();
        Closure::once_into_js(move || {
            let database = request.result().ok().and_then(|r| r.dyn_into::<IdbDatabase>().ok());
            if let Some(database) = database {
                let _ = database.create_object_store(STORE);
            }
        })
    };
    request.set_onupgradeneeded(Some(upgrade.unchecked_ref()));
    JsFuture::from(answer(&request)).await.ok()?.dyn_into().ok()
}

/// Keeps bytes under a name; false when the browser has no room or forbids it.
pub async fn keep_blob(name: &str, bytes: &[u8]) -> bool {
    let kept = async {
        let transaction =
            open().await?.transaction_with_str_and_mode(STORE, IdbTransactionMode::Readwrite).ok()?;
        let store = transaction.object_store(STORE).ok()?;
        let request = store.put_with_key(&Uint8Array::from(bytes), &JsValue::from_str(name)).ok()?;
        JsFuture::from(answer(&request)).await.ok()
    };
    kept.await.is_some()
}

/// What was kept under a name.
pub async fn kept_blob(name: &str) -> Option<Vec<u8>> {
    let transaction = open().await?.transaction_with_str(STORE).ok()?;
    let store = transaction.object_store(STORE).ok()?;
    let request = store.get(&JsValue::from_str(name)).ok()?;
    let found = JsFuture::from(answer(&request)).await.ok()?;
    Some(found.dyn_into::<Uint8Array>().ok()?.to_vec())
}
