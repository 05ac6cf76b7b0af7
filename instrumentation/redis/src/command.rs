//! Commands as spans show them: as one would type them, with `?` for each value.

use redis::{Arg, Cmd, Pipeline};

/// How many arguments, and how many commands of a pipeline, are shown.
const SHOWN: usize = 16;

/// The longest command that is taken for one, in bytes.
const LONGEST: usize = 40;

/// Which arguments of a command are no values.
enum Shape {
    /// The first one is a key.
    Key,
    /// A key and a field.
    KeyAndField,
    /// All are keys.
    Keys,
    /// Passwords and settings: not even how many there are.
    Secret,
    /// Not known: all may be values.
    Values,
}

fn shape(name: &str) -> Shape {
    let mut upper = [0; LONGEST];
    let Some(upper) = upper.get_mut(..name.len()) else { return Shape::Values };
    upper.copy_from_slice(name.as_bytes());
    upper.make_ascii_uppercase();
    match std::str::from_utf8(upper).unwrap_or_default() {
        "GET" | "SET" | "SETEX" | "PSETEX" | "SETNX" | "GETSET" | "GETDEL" | "GETEX" | "APPEND" | "STRLEN" | "INCR"
        | "INCRBY" | "INCRBYFLOAT" | "DECR" | "DECRBY" | "GETRANGE" | "SETRANGE" | "EXPIRE" | "PEXPIRE"
        | "EXPIREAT" | "PEXPIREAT" | "TTL" | "PTTL" | "PERSIST" | "TYPE" | "DUMP" | "LPUSH" | "RPUSH" | "LPUSHX"
        | "RPUSHX" | "LPOP" | "RPOP" | "LLEN" | "LRANGE" | "LINDEX" | "LSET" | "LREM" | "LTRIM" | "LPOS" | "SADD"
        | "SREM" | "SMEMBERS" | "SISMEMBER" | "SCARD" | "SPOP" | "SRANDMEMBER" | "ZADD" | "ZREM" | "ZSCORE"
        | "ZINCRBY" | "ZCARD" | "ZCOUNT" | "ZRANGE" | "ZRANGEBYSCORE" | "ZREVRANGE" | "ZRANK" | "ZREVRANK"
        | "ZPOPMIN" | "ZPOPMAX" | "HGETALL" | "HKEYS" | "HVALS" | "HLEN" | "XADD" | "XLEN" | "XRANGE" | "XREVRANGE"
        | "XACK" | "XDEL" | "XTRIM" | "PFADD" | "GEOADD" | "BITCOUNT" | "SETBIT" | "GETBIT" | "SSCAN" | "HSCAN"
        | "ZSCAN" => Shape::Key,
        "HSET" | "HGET" | "HMSET" | "HMGET" | "HDEL" | "HEXISTS" | "HINCRBY" | "HINCRBYFLOAT" | "HSETNX"
        | "HSTRLEN" => Shape::KeyAndField,
        "DEL" | "UNLINK" | "EXISTS" | "TOUCH" | "MGET" | "WATCH" | "SINTER" | "SUNION" | "SDIFF" | "RENAME"
        | "PFCOUNT" | "PFMERGE" => Shape::Keys,
        "AUTH" | "HELLO" | "CONFIG" | "ACL" | "CLIENT" | "MIGRATE" | "SENTINEL" => Shape::Secret,
        _ => Shape::Values,
    }
}

fn arguments(command: &Cmd) -> impl Iterator<Item = &[u8]> {
    command.args_iter().map(|argument| match argument {
        Arg::Simple(bytes) => bytes,
        _ => b"?",
    })
}

/// The command's word as it was written. Anything else in its place is `_OTHER`.
pub(crate) fn name(command: &Cmd) -> &str {
    let word = arguments(command).next().and_then(|word| std::str::from_utf8(word).ok());
    let is_word = |word: &&str| {
        let is_allowed = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-');
        (1..=LONGEST).contains(&word.len()) && word.bytes().all(is_allowed)
    };
    word.filter(is_word).unwrap_or("_OTHER")
}

/// The command with its keys, and without its values.
pub(crate) fn text(command: &Cmd) -> String {
    let name = name(command);
    // Room for most, so that it does not grow while it is written.
    let mut text = String::with_capacity(64);
    text.push_str(name);
    let (keys, shows_values) = match shape(name) {
        Shape::Key => (1, true),
        Shape::KeyAndField => (2, true),
        Shape::Keys => (usize::MAX, true),
        Shape::Values => (0, true),
        Shape::Secret => (0, false),
    };
    if !shows_values {
        return text;
    }
    for (place, argument) in arguments(command).skip(1).enumerate() {
        if place == SHOWN {
            text.push_str(" ...");
            break;
        }
        text.push(' ');
        match std::str::from_utf8(argument) {
            Ok(key) if place < keys && !key.contains(char::is_control) => text.push_str(key),
            _ => text.push('?'),
        }
    }
    text
}

/// `MULTI` for a transaction, `PIPELINE GET` where all commands are the same, else `PIPELINE`.
pub(crate) fn pipeline_name(pipeline: &Pipeline) -> String {
    if pipeline.is_transaction() {
        return "MULTI".to_owned();
    }
    let mut names = pipeline.cmd_iter().map(name);
    match names.next() {
        Some(first) if names.all(|name| name == first) => format!("PIPELINE {first}"),
        _ => "PIPELINE".to_owned(),
    }
}

pub(crate) fn pipeline_text(pipeline: &Pipeline) -> String {
    let mut all: Vec<_> = pipeline.cmd_iter().take(SHOWN).map(text).collect();
    if pipeline.len() > SHOWN {
        all.push("...".to_owned());
    }
    all.join("; ")
}
