//! `completionItem/resolve`

use crate::ide::completion::{About, resolve};
use crate::server::convert::markdown;
use crate::server::documents::path_of;
use crate::server::job::Request;
use crate::server::view::View;
use std::str::FromStr;
use tower_lsp::jsonrpc::Result;
use tower_lsp::ls_types::{CompletionItem, Documentation, Uri};

pub(in crate::server) enum CompletionResolve {}

impl Request for CompletionResolve {
    type Params = CompletionItem;
    type Answer = CompletionItem;
    const WHOLE: bool = true;
    const URGENT: bool = true;

    fn answer(view: &View, params: &Self::Params) -> Result<Self::Answer> {
        let mut item = params.clone();
        if let Some((ty, doc)) = looked_up(view, params) {
            item.detail = item.detail.or(ty);
            if item.documentation.is_none() {
                item.documentation = doc.map(|doc| Documentation::MarkupContent(markdown(doc)));
            }
        }
        Ok(item)
    }
}

/// Type and documentation.
fn looked_up(view: &View, item: &CompletionItem) -> Option<(Option<String>, Option<String>)> {
    let data = item.data.as_ref()?;
    let text = |key: &str| data.get(key).and_then(|value| value.as_str());
    let uri = Uri::from_str(text("uri")?).ok()?;
    let file = view.snapshot.file(&path_of(&uri));
    let about = match (text("standard"), text("name")) {
        (Some(name), _) => About::Standard(name.to_owned()),
        (None, Some(name)) => {
            let offset = data.get("offset")?.as_u64()?;
            About::Name(u32::try_from(offset).ok()?, name.to_owned())
        }
        (None, None) => return None,
    };
    resolve(&view.snapshot, file, &about)
}
