//! Who understands what people write: the settings of `nlu`.

use super::super::model;
use super::super::report::{Place, Problem};
use super::super::{Embeddings, Llm, Mode, Nlu, ResponseFormat, Verb, limit};
use super::Compiler;

/// In `context`: the question that the person answers.
const QUESTION: &str = "@asked";

/// For a reply.
const TIMEOUT_MS: u64 = 30_000;

impl Compiler<'_> {
    pub(super) fn nlu(&mut self, model: &model::Flow) -> Nlu {
        let default = Nlu::default();
        let Some(written) = self.part(model.nlu.as_ref(), "/nlu") else { return default };
        let mode = written.mode.map_or(default.mode, mode);
        self.check_model(mode, written);
        let budget_ms = written.budget_ms.unwrap_or(default.budget_ms);
        self.within("limit.budget", "/nlu/budget_ms", budget_ms, 1..=limit::BUDGET_MS_MAX);
        let (mut context, mut shows_question) = (Vec::new(), false);
        let paths = written.context.as_deref().unwrap_or_default();
        self.limit("limit.shown", "/nlu/context", (paths.len(), limit::SHOWN_MAX));
        for (index, path) in paths.iter().take(limit::SHOWN_MAX).enumerate() {
            let at = format!("/nlu/context/{index}");
            if path == QUESTION {
                shows_question = true;
            } else if let Some(path) = self.path(path, Place::Value(at.clone())) {
                self.uses.reads.push((format!("ctx.{}", path.text), at));
                context.push(path);
            }
        }
        Nlu {
            mode,
            plugin: written.plugin.clone(),
            model: written.model.clone(),
            base_url: trimmed(written.base_url.as_ref()),
            key: written.key.clone(),
            embeddings: self.embeddings(written),
            context,
            shows_question,
            budget_ms,
            response_format: written
                .response_format
                .map_or(default.response_format, response_format),
        }
    }

    /// A reply of the language model that `nlu` names.
    pub(super) fn llm(&mut self, prompt: &str, written: &model::Action, at: &str) -> Option<Verb> {
        let prompt = self.template(prompt, &format!("{at}/llm"));
        let fallback = match &written.fallback {
            Some(text) => self.template(text, &format!("{at}/fallback")),
            None => {
                let place = Place::Value(at.to_owned());
                let problem = Problem::error("llm.fallback", place, "there may be no reply");
                self.report.add(problem.suggest("say what is said then: `\"fallback\": \"…\"`"));
                None
            }
        };
        let tools = written.tools.clone().unwrap_or_default();
        let at_tools = format!("{at}/tools");
        self.limit("limit.lent", &at_tools, (tools.len(), limit::LENT_MAX));
        for (index, name) in tools.iter().take(limit::LENT_MAX).enumerate() {
            if self.known_tool(name, &format!("{at_tools}/{index}")) {
                self.uses.lent.insert(name.clone());
            }
        }
        let timeout_ms = written.timeout_ms.unwrap_or(TIMEOUT_MS);
        let range = 1..=limit::TIMEOUT_MS_MAX;
        self.within("limit.timeout", &format!("{at}/timeout_ms"), timeout_ms, range);
        let (prompt, fallback) = (prompt?, fallback?);
        Some(Verb::Llm(Box::new(Llm { prompt, tools, fallback, timeout_ms })))
    }

    fn check_model(&mut self, mode: Mode, written: &model::Nlu) {
        if matches!(mode, Mode::Plugin | Mode::OfflineThenPlugin) && written.plugin.is_none() {
            let place = Place::Value("/nlu".to_owned());
            let problem = Problem::error("nlu.plugin", place, "this `mode` asks a plugin");
            self.report.add(problem.suggest(r#"name it: `"plugin": "…"`"#));
        }
        if matches!(mode, Mode::Model | Mode::OfflineThenModel) && written.model.is_none() {
            let place = Place::Value("/nlu".to_owned());
            let problem = Problem::error("nlu.model", place, "this `mode` asks a language model");
            self.report.add(problem.suggest(r#"name it: `"model": "…"`"#));
        }
        if written.base_url.as_ref().is_some_and(|url| !is_url(url)) {
            self.no_url("/nlu/baseUrl");
        }
    }

    /// The model for vectors.
    fn embeddings(&mut self, written: &model::Nlu) -> Option<Embeddings> {
        let asked = written.embeddings.as_ref()?;
        if asked.model.trim().is_empty() {
            let place = Place::Value("/nlu/embeddings/model".to_owned());
            let problem = Problem::error("nlu.model", place, "that names no model");
            self.report.add(problem.suggest("name it as its server does"));
        }
        if asked.base_url.as_ref().is_some_and(|url| !is_url(url)) {
            self.no_url("/nlu/embeddings/baseUrl");
        }
        let (model, key) = (asked.model.clone(), asked.key.clone());
        Some(Embeddings { model, base_url: trimmed(asked.base_url.as_ref()), key })
    }

    fn no_url(&mut self, at: &str) {
        let place = Place::Value(at.to_owned());
        let problem = Problem::error("nlu.url", place, "that is no URL of a server");
        self.report.add(problem.suggest("write it up to the version, `http://host:8080/v1`"));
    }
}

fn is_url(url: &str) -> bool {
    let rest = url.strip_prefix("https://").or_else(|| url.strip_prefix("http://"));
    rest.is_some_and(|rest| !rest.is_empty() && !rest.contains(['@', '?', '#', ' ']))
}

fn trimmed(url: Option<&String>) -> Option<String> {
    url.map(|url| url.trim_end_matches('/').to_owned())
}

const fn mode(written: model::Mode) -> Mode {
    match written {
        model::Mode::Offline => Mode::Offline,
        model::Mode::Model => Mode::Model,
        model::Mode::OfflineThenModel => Mode::OfflineThenModel,
        model::Mode::Plugin => Mode::Plugin,
        model::Mode::OfflineThenPlugin => Mode::OfflineThenPlugin,
    }
}

const fn response_format(written: model::ResponseFormat) -> ResponseFormat {
    match written {
        model::ResponseFormat::JsonSchema => ResponseFormat::JsonSchema,
        model::ResponseFormat::Tools => ResponseFormat::Tools,
        model::ResponseFormat::JsonObject => ResponseFormat::JsonObject,
    }
}
