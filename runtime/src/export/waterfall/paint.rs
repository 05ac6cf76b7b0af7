//! Colours.

/// What a piece of text is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Style {
    Plain,
    Bold,
    Dim,
    Error,
    /// The colour of a service, by its number.
    Service(usize),
}

/// Colours text, or leaves it as it is.
#[derive(Clone, Copy, Debug)]
pub(super) struct Paint {
    color: bool,
}

impl Paint {
    pub(super) const fn new(color: bool) -> Self {
        Self { color }
    }

    /// The text between the escape sequences of a style.
    pub(super) fn wrap(self, style: Style, text: &str) -> String {
        let mut painted = String::with_capacity(text.len() + 12);
        self.push(&mut painted, style, text);
        painted
    }

    /// Appends the text between the escape sequences of a style.
    pub(super) fn push(self, to: &mut String, style: Style, text: &str) {
        // Cyan, magenta, blue, yellow, green and their bright forms; red is for errors.
        const SERVICES: [&str; 10] = ["36", "35", "34", "33", "32", "96", "95", "94", "93", "92"];
        let code = match style {
            _ if !self.color || text.trim().is_empty() => "",
            Style::Plain => "",
            Style::Bold => "1",
            Style::Dim => "2",
            Style::Error => "31",
            Style::Service(number) => SERVICES[number % SERVICES.len()],
        };
        if code.is_empty() {
            to.push_str(text);
        } else {
            to.extend(["\x1b[", code, "m", text, "\x1b[0m"]);
        }
    }
}
