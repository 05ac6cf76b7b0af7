//! What `tracing::instrument` takes, with the attribute's name changed.

use traced::traced;

#[derive(Debug)]
struct Request {
    id: u64,
}

#[traced(name = "handle", skip(request), fields(request.id = request.id, kind = ?request, total = %1), err, ret)]
fn handle(request: &Request) -> Result<u64, std::fmt::Error> {
    Ok(request.id)
}

#[traced(skip_all, err(Debug), ret(Display))]
async fn later(request: Request) -> Result<u64, std::fmt::Error> {
    Ok(request.id)
}

#[traced(skip(self), ret)]
fn nothing() {}

struct Service;

impl Service {
    #[traced(skip(self, token), fields(user), err(Display))]
    fn login(&self, user: &str, token: &str) -> Result<(), String> {
        if user == token { Err("same".to_owned()) } else { Ok(()) }
    }
}

fn main() {
    assert!(handle(&Request { id: 1 }).is_ok());
    drop(later(Request { id: 1 }));
    nothing();
    assert!(Service.login("a", "b").is_ok());
}
