//! Colours of the terminal, and the symbols of actions.

use crate::plan::Action;

/// Colours, or none.
#[derive(Clone, Copy, Debug, Default)]
pub struct Paint {
    /// Whether there are any.
    pub color: bool,
}

impl Paint {
    /// An escape sequence of the terminal, if there are colours.
    #[must_use]
    pub fn code(self, code: &'static str) -> &'static str {
        if self.color { code } else { "" }
    }

    /// Back to normal.
    #[must_use]
    pub fn reset(self) -> &'static str {
        self.code("\x1b[0m")
    }

    /// Bold.
    #[must_use]
    pub fn bold(self) -> &'static str {
        self.code("\x1b[1m")
    }

    /// Red.
    #[must_use]
    pub fn red(self) -> &'static str {
        self.code("\x1b[31m")
    }

    /// Green.
    #[must_use]
    pub fn green(self) -> &'static str {
        self.code("\x1b[32m")
    }

    /// Yellow.
    #[must_use]
    pub fn yellow(self) -> &'static str {
        self.code("\x1b[33m")
    }

    /// Cyan.
    #[must_use]
    pub fn cyan(self) -> &'static str {
        self.code("\x1b[36m")
    }

    /// Grey.
    #[must_use]
    pub fn grey(self) -> &'static str {
        self.code("\x1b[90m")
    }

    /// Writes the symbol of an action as the legend has it.
    pub fn write_legend_symbol(self, action: Action, out: &mut String) {
        let start = out.len();
        self.write_symbol(action, out);
        // One reset is enough there.
        if self.color && out.ends_with("\x1b[0m\x1b[0m") {
            out.truncate(out.len() - "\x1b[0m".len());
        }
        debug_assert!(out.len() > start);
    }

    /// Writes the symbol of an action, three columns wide.
    pub fn write_symbol(self, action: Action, out: &mut String) {
        let (red, green, reset) = (self.red(), self.green(), self.reset());
        let parts = match action {
            Action::NoOp => ["   ", "", "", "", ""],
            Action::Create => ["  ", green, "+", reset, reset],
            Action::Update => ["  ", self.yellow(), "~", reset, reset],
            Action::Delete => ["  ", red, "-", reset, reset],
            Action::Read => [" ", self.cyan(), "<=", reset, reset],
            Action::Forget => [" ", red, ".", reset, reset],
            Action::DeleteThenCreate => {
                return out.extend([red, "-", reset, "/", green, "+", reset, reset]);
            }
            Action::CreateThenDelete => {
                return out.extend([green, "+", reset, "/", red, "-", reset, reset]);
            }
        };
        out.extend(parts);
    }
}
