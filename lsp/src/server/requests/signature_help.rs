//! `textDocument/signatureHelp`

use crate::ide::signature::signature;
use crate::server::convert::markdown;
use crate::server::job::Request;
use crate::server::view::View;
use tower_lsp::jsonrpc::Result;
use tower_lsp::ls_types::{
    self as lsp, Documentation, ParameterInformation, ParameterLabel, SignatureHelpParams,
    SignatureInformation,
};

pub(in crate::server) enum SignatureHelp {}

impl Request for SignatureHelp {
    type Params = SignatureHelpParams;
    type Answer = Option<lsp::SignatureHelp>;
    const URGENT: bool = true;

    fn answer(view: &View, params: &Self::Params) -> Result<Self::Answer> {
        let Some((shown, offset)) = view.at(&params.text_document_position_params) else {
            return Ok(None);
        };
        let Some(found) = signature(&view.snapshot, shown.file, offset) else {
            return Ok(None);
        };
        let parameters = found.parameters.iter().map(|(start, end)| {
            let text = &found.label[*start as usize..*end as usize];
            ParameterInformation {
                label: ParameterLabel::Simple(text.to_owned()),
                documentation: None,
            }
        });
        let parameters = parameters.collect();
        Ok(Some(lsp::SignatureHelp {
            signatures: vec![SignatureInformation {
                label: found.label,
                documentation: found
                    .doc
                    .map(|doc| Documentation::MarkupContent(markdown(doc))),
                parameters: Some(parameters),
                active_parameter: Some(found.active),
            }],
            active_signature: Some(0),
            active_parameter: Some(found.active),
        }))
    }
}
