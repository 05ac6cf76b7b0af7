//! Nesting: a hundred `async fn` deep, and still known to be `Send`. The bare code needs the higher limit too.
//@ crate: recursion_limit = "1024"

macro_rules! layers {
    ($last:ident) => {
        /// The innermost.
        #[shape]
        pub async fn $last(text: String) -> usize {
            core::future::ready(()).await;
            text.len()
        }
    };
    ($first:ident $next:ident $($rest:ident)*) => {
        /// A layer.
        #[shape]
        pub async fn $first(text: String) -> usize {
            $next(text).await + 1
        }
        layers!($next $($rest)*);
    };
}

layers!(
    layer_100 layer_99 layer_98 layer_97 layer_96 layer_95 layer_94 layer_93 layer_92 layer_91
    layer_90 layer_89 layer_88 layer_87 layer_86 layer_85 layer_84 layer_83 layer_82 layer_81
    layer_80 layer_79 layer_78 layer_77 layer_76 layer_75 layer_74 layer_73 layer_72 layer_71
    layer_70 layer_69 layer_68 layer_67 layer_66 layer_65 layer_64 layer_63 layer_62 layer_61
    layer_60 layer_59 layer_58 layer_57 layer_56 layer_55 layer_54 layer_53 layer_52 layer_51
    layer_50 layer_49 layer_48 layer_47 layer_46 layer_45 layer_44 layer_43 layer_42 layer_41
    layer_40 layer_39 layer_38 layer_37 layer_36 layer_35 layer_34 layer_33 layer_32 layer_31
    layer_30 layer_29 layer_28 layer_27 layer_26 layer_25 layer_24 layer_23 layer_22 layer_21
    layer_20 layer_19 layer_18 layer_17 layer_16 layer_15 layer_14 layer_13 layer_12 layer_11
    layer_10 layer_9 layer_8 layer_7 layer_6 layer_5 layer_4 layer_3 layer_2 layer_1 layer_0
);

/// Asks for `Send`.
pub fn asks() -> impl Send {
    layer_100(String::new())
}
