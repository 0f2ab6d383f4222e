//! The graph as a picture: states in layers by how far they are from the start, ways as curves between them. It is drawn
//! without measuring text, and good for flows that a person would look at on one page.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use indexmap::IndexMap;

use super::{Graph, NodeKind};

/// Pixels: a letter, a box, and what is between them.
const LETTER: f64 = 7.2;
const HEIGHT: f64 = 32.0;
const GAP: f64 = 48.0;
const LAYER: f64 = 96.0;
const MARGIN: f64 = 24.0;
/// Room on the right for ways back.
const BACK: f64 = 160.0;

/// Labels of one curve that are shown.
const LABELS_MAX: usize = 3;

const STYLE: &str = "text{font:12px sans-serif;fill:#222}text.l{font-size:10px;fill:#555;text-anchor:middle}\
rect{fill:#fff;stroke:#556;stroke-width:1.2}.final{stroke-width:3}.flow,.out,.lookup{fill:#eef3fb}\
.anywhere{stroke-dasharray:4 3}.start{fill:#e8f6ec}.missed{stroke:#c0392b}path{fill:none;stroke:#889;stroke-width:1.1}";

/// A box.
#[derive(Debug, Clone, Copy)]
struct Place {
    layer: usize,
    /// Of its middle.
    x: f64,
    y: f64,
    width: f64,
}

impl Graph {
    /// As a picture.
    #[must_use]
    pub fn svg(&self) -> String {
        let places = self.places();
        let right = places.values().map(|place| place.x + place.width / 2.0).fold(0.0, f64::max);
        let bottom = places.values().map(|place| place.y + HEIGHT / 2.0).fold(0.0, f64::max);
        let (width, height) = (right + BACK + MARGIN, bottom + MARGIN);
        let mut out = format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width:.0}\" height=\"{height:.0}\" \
             viewBox=\"0 0 {width:.0} {height:.0}\">\n<title>{}</title>\n<style>{STYLE}</style>\n\
             <defs><marker id=\"tip\" viewBox=\"0 0 8 8\" refX=\"8\" refY=\"4\" markerWidth=\"7\" markerHeight=\"7\" \
             orient=\"auto\"><path d=\"M0 0L8 4L0 8z\" style=\"fill:#889;stroke:none\"/></marker></defs>\n",
            escaped(self.flow.as_str())
        );
        for ((from, to), labels) in self.curves() {
            let (Some(from), Some(to)) = (places.get(from), places.get(to)) else { continue };
            out.push_str(&curve(from, to, &labels));
        }
        for (name, place) in &places {
            out.push_str(&self.boxed(name, place));
        }
        out.push_str("</svg>\n");
        out
    }

    /// Ways between the same two are one curve with several labels.
    fn curves(&self) -> IndexMap<(&str, &str), Vec<String>> {
        let mut curves: IndexMap<(&str, &str), Vec<String>> = IndexMap::new();
        for edge in &self.edges {
            let labels = curves.entry((edge.from.as_str(), edge.to.as_str())).or_default();
            let label = edge.shown();
            if !labels.contains(&label) {
                labels.push(label);
            }
        }
        curves
    }

    /// Every box in its layer, near those that lead to it.
    fn places(&self) -> IndexMap<&str, Place> {
        let layers = self.layers();
        let last = layers.values().max().map_or(0, |last| last + 1);
        let mut places: IndexMap<&str, Place> = IndexMap::new();
        for layer in 0..last {
            let mut names: Vec<(f64, &str)> = layers
                .iter()
                .filter(|(_, of)| **of == layer)
                .map(|(name, _)| (self.pull(name, &places), *name))
                .collect();
            names.sort_by(|a, b| a.0.total_cmp(&b.0));
            let mut x = MARGIN;
            for (_, name) in names {
                let letters = u32::try_from(self.text(name).chars().count()).unwrap_or(u32::MAX);
                let width = f64::from(letters).mul_add(LETTER, 24.0).max(72.0);
                let y = f64::from(u32::try_from(layer).unwrap_or(u32::MAX))
                    .mul_add(LAYER, MARGIN + HEIGHT / 2.0);
                places.insert(name, Place { layer, x: x + width / 2.0, y, width });
                x += width + GAP;
            }
        }
        places
    }

    /// How far each is from the start, by the shortest way; what nobody leads to comes first, as it leads everywhere.
    fn layers(&self) -> BTreeMap<&str, usize> {
        let mut layers = BTreeMap::from([(self.start.as_str(), 0)]);
        let mut at = vec![self.start.as_str()];
        let mut layer = 0;
        while !at.is_empty() {
            layer += 1;
            let mut next = Vec::new();
            for edge in self.edges.iter().filter(|edge| at.contains(&edge.from.as_str())) {
                if !layers.contains_key(edge.to.as_str()) {
                    layers.insert(&edge.to, layer);
                    next.push(edge.to.as_str());
                }
            }
            at = next;
        }
        for (name, node) in &self.nodes {
            let alone = if node.kind == NodeKind::Anywhere { 0 } else { layer };
            layers.entry(name).or_insert(alone);
        }
        layers
    }

    /// The middle of those that lead to a box.
    fn pull(&self, name: &str, places: &IndexMap<&str, Place>) -> f64 {
        let above = self.edges.iter().filter(|edge| edge.to == name);
        let above: Vec<f64> =
            above.filter_map(|edge| places.get(edge.from.as_str())).map(|place| place.x).collect();
        let count = u32::try_from(above.len()).unwrap_or(u32::MAX);
        if count == 0 { 0.0 } else { above.iter().sum::<f64>() / f64::from(count) }
    }

    fn boxed(&self, name: &str, place: &Place) -> String {
        let node = self.nodes.get(name);
        let kind = match node.map(|node| node.kind) {
            Some(NodeKind::State) | None => "state",
            Some(NodeKind::Final) => "final",
            Some(NodeKind::Flow) => "flow",
            Some(NodeKind::Out) => "out",
            Some(NodeKind::Lookup) => "lookup",
            Some(NodeKind::Anywhere) => "anywhere",
        };
        let start = if name == self.start { " start" } else { "" };
        let missed = if node.is_some_and(|node| node.hits == Some(0)) { " missed" } else { "" };
        let (x, y) = (place.x - place.width / 2.0, place.y - HEIGHT / 2.0);
        let (text, width) = (escaped(&self.text(name)), place.width);
        let (middle, base) = (place.x, place.y + 4.0);
        format!(
            "<rect class=\"{kind}{start}{missed}\" x=\"{x:.1}\" y=\"{y:.1}\" width=\"{width:.1}\" height=\"{HEIGHT}\" rx=\"7\"/>\
             <text x=\"{middle:.1}\" y=\"{base:.1}\" text-anchor=\"middle\">{text}</text>\n"
        )
    }
}

/// Down to a later layer, else round on the right.
fn curve(from: &Place, to: &Place, labels: &[String]) -> String {
    let half = HEIGHT / 2.0;
    let (path, label) = if to.layer > from.layer {
        let (y1, y2) = (from.y + half, to.y - half);
        let bend = (y2 - y1) / 2.0;
        let (x1, x2) = (from.x, to.x);
        let path = format!(
            "M{x1:.1} {y1:.1}C{x1:.1} {:.1} {x2:.1} {:.1} {x2:.1} {y2:.1}",
            y1 + bend,
            y2 - bend
        );
        (path, (f64::midpoint(x1, x2), f64::midpoint(y1, y2)))
    } else {
        let (x1, x2) = (from.x + from.width / 2.0, to.x + to.width / 2.0);
        let out = x1.max(x2) + 40.0 + (from.y - to.y).abs() / 8.0;
        let (y1, y2) = (from.y + 6.0, to.y - 6.0);
        let path = format!("M{x1:.1} {y1:.1}C{out:.1} {y1:.1} {out:.1} {y2:.1} {x2:.1} {y2:.1}");
        (path, (out - 12.0, f64::midpoint(y1, y2)))
    };
    let mut out = format!("<path d=\"{path}\" marker-end=\"url(#tip)\"/>");
    let shown = labels.iter().take(LABELS_MAX).cloned();
    let more = labels.len().saturating_sub(LABELS_MAX);
    let more = (more > 0).then(|| format!("and {more} more"));
    for (line, text) in (0_u32..).zip(shown.chain(more)) {
        let (x, y) = (label.0, f64::from(line).mul_add(11.0, label.1));
        let _infallible =
            write!(out, "<text class=\"l\" x=\"{x:.1}\" y=\"{y:.1}\">{}</text>", escaped(&text));
    }
    out.push('\n');
    out
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
