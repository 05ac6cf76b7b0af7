use traced::traced;

trait Store {
    #[traced]
    fn get(&self) -> u8;
}

fn main() {}
