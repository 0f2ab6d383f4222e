//! The template of a whole plugin, into which each test and benchmark writes what its guest does wrong.

const TEMPLATE: &str = include_str!("plugin.wat");

/// What one guest does.
#[derive(Debug, Clone)]
pub(crate) struct Guest {
    pub(crate) call: &'static str,
    pub(crate) describe: &'static str,
    pub(crate) tool: &'static str,
    pub(crate) schema: &'static str,
    pub(crate) pages: &'static str,
    /// Imports of the component, their lowering, imports of its module, and what is passed to it.
    pub(crate) parts: [&'static str; 4],
}

impl Guest {
    /// One whose tool does this.
    pub(crate) fn that(call: &'static str) -> Self {
        let schema = r#"{"type":"object"}"#;
        Self { call, describe: "", tool: "do", schema, pages: "", parts: [""; 4] }
    }

    /// As a component.
    pub(crate) fn bytes(&self) -> Vec<u8> {
        wat::parse_str(self.text()).expect("the template is a component")
    }

    /// As the text of one.
    pub(crate) fn text(&self) -> String {
        let little = |text: &str| {
            let bytes = u32::try_from(text.len()).expect("a word is short").to_le_bytes();
            bytes.map(|byte| format!("\\{byte:02x}")).concat()
        };
        let [imports, lowered, imported, passed] = self.parts;
        TEMPLATE
            .replace("@imports@", imports)
            .replace("@lowered@", lowered)
            .replace("@imported@", imported)
            .replace("@passed@", passed)
            .replace("@pages@", self.pages)
            .replace("@toollen@", &little(self.tool))
            .replace("@tool@", self.tool)
            .replace("@schemalen@", &little(self.schema))
            .replace("@schema@", &self.schema.replace('"', "\\22"))
            .replace("@describe@", self.describe)
            .replace("@call@", self.call)
    }
}
