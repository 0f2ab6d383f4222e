//! The tools of the plugin `{{name}}`.

use cicerone_sdk::{Error, data, tool};

/// Where and when.
#[data]
pub struct Question {
    /// The city.
    pub city: String,
    /// Days from now, at most 7.
    #[serde(default)]
    #[schemars(range(max = 7))]
    pub days: u8,
}

/// What to expect.
#[data]
pub struct Forecast {
    pub city: String,
    pub summary: String,
    pub celsius: i32,
}

/// Tells what the weather will be like in a city.
#[tool(read_only)]
pub fn forecast(question: Question) -> Result<Forecast, Error> {
    let city = question.city.trim();
    if city.is_empty() {
        return Err(Error::invalid_input("a forecast needs a city").with_code("city.empty"));
    }
    // Every city has its own weather; replace this with yours.
    let letters = i32::try_from(city.chars().count()).unwrap_or(0);
    let celsius = 10 + letters + i32::from(question.days);
    let summary = if celsius > 20 { "sunny" } else { "cloudy" };
    Ok(Forecast { city: city.to_owned(), summary: summary.to_owned(), celsius })
}

cicerone_sdk::plugin!(name = "{{name}}", tools = [forecast]);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_forecast_needs_a_city() {
        let asked = |city: &str| forecast(Question { city: city.to_owned(), days: 0 });
        assert!(asked(" ").is_err());
        assert_eq!(asked("Lisbon").map(|forecast| forecast.celsius).ok(), Some(16));
    }
}
