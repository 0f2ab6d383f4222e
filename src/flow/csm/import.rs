//! Taking a CSM definition over for good: from JSON, or out of a program, to a flow in our words that an author goes on
//! with.

use serde_json::Value;

use super::super::report::{Place, Problem, Report};
use super::super::{Finding, Id, Known, parse, read};
use super::relaxed;

/// A CSM definition in our words, and what was odd about it. `text` is JSON, or a program in JavaScript or TypeScript
/// in which definitions stand; several flows of one program become one.
///
/// # Errors
/// Every mistake at once, located in `text`; warnings among them.
pub fn import(
    id: &Id,
    text: &str,
    known: Known<'_>,
) -> Result<(Value, Vec<Finding>), Vec<Finding>> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut report = Report::default();
    let is_json = text.trim_start().starts_with('{') && serde_json::from_str::<Value>(text).is_ok();
    if is_json {
        let flow = translated(id, text, known, &mut report);
        let findings = report.locate(text);
        return flow.map(|flow| (flow, findings.clone())).ok_or(findings);
    }
    let source = match relaxed::read(text) {
        Ok(source) => source,
        Err(relaxed::Mistake { message, offset }) => {
            let place = Place::Bytes(String::new(), offset..offset + 1);
            report.add(Problem::error("csm.literal", place, message));
            return Err(report.locate(text));
        }
    };
    let flow = translated(id, &source.json, known, &mut report);
    let findings = report.locate_in(&source.json, text, |offset| source.source(offset));
    flow.map(|flow| (flow, findings.clone())).ok_or(findings)
}

fn translated(id: &Id, json: &str, known: Known<'_>, report: &mut Report) -> Option<Value> {
    read(id, json, known, report)?;
    if report.has_errors() {
        return None;
    }
    let definition = parse::json(json, &mut Report::default())?;
    let Some((flow, _)) = super::translate(&definition, &mut Report::default()) else {
        let place = Place::Value(String::new());
        let problem = Problem::error("csm.shape", place, "this is no definition of CSM");
        report.add(problem.suggest("a flow has `initial` and `states`, a machine `initialFlow` and `flows`, an agent `machine`"));
        return None;
    };
    Some(flow)
}
