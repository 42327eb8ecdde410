//! The words of lessons and questions.

use crate::lesson::AskedForm;
use crate::lesson::Language;
use crate::lesson::Text;
use crate::lesson::Value;
use crate::ui::stage::Thing;
use crate::ui::words;

macro_rules! words {
    ($($name:ident = $en:literal, $zh:literal;)*) => {
        $(pub const $name: Text = Text::new($en, $zh);)*
    };
}

words! {
    STEP_N = "{} · step {} of {}", "{} · 第 {} 步，共 {} 步";
    LESSON_N = "Lesson {} · {}", "课程 {} · {}";
    MINUTES_N = "about {} {minute|minutes}", "约 {} 分钟";
    PREDICT = "Predict", "先预测";
    RECALL = "From memory", "凭记忆";
    WATCH = "Watch", "观察";
    YOUR_TURN = "Your turn", "轮到你";
    LOCK = "Lock the answer", "锁定答案";
    LOCKED = "locked", "已锁定";
    RUN = "Run and see", "运行";
    REVEAL = "Reveal the answer", "揭晓答案";
    RUNS = "It runs…", "运行中…";
    TO_RESULT = "To the result", "直接看结果";
    AGAIN = "See it again", "再看一次";
    NEXT = "Next", "下一步";
    BACK = "Back", "上一步";
    HOME = "Back to my world", "回到我的世界";
    HINT = "Hint", "提示";
    SHOW_ME = "Show me", "演示给我看";
    DONE = "Done: the engine's state says so.", "完成：引擎的状态已证实。";
    YOU_SAID = "You said", "你的预测";
    ENGINE_SAYS = "The engine", "引擎结果";
    RIGHT = "as predicted", "预测正确";
    WRONG = "otherwise than predicted", "与预测不同";
    WHY = "Why?", "为什么？";
    HONEST = "What is real here", "真实到什么程度";
    CHOOSE_FIRST = "Answer first: the run waits for your prediction.", "请先作答：运行要等你的预测。";
    RUN_FIRST = "A predicted run is on: wait for its end, or go to the result.", "正在运行你的预测：请等它结束，或直接看结果。";
    NO_LESSON = "There is no lesson “{}”: the first screen is shown.", "没有课程“{}”：显示首屏。";
    NO_STEP = "Lesson {} has steps 1 to {}, not “{}”: the first screen is shown.", "课程 {} 有第 1 到 {} 步，没有“{}”：显示首屏。";
    VEILED = "The picture comes back when your answer is locked.", "锁定答案后画面才会出现。";
    CLICK_ONE = "Click on the stage, or choose here:", "在舞台上点击，或在此选择：";
    CLICK_ORDER = "Click on the stage in order, or choose here:", "在舞台上按顺序点击，或在此选择：";
    CHOSEN = "Chosen", "已选";
    ADD_THING = "Add", "加入";
    TAKE_BACK = "Take back {}", "移除 {}";
    NOTHING_CHOSEN = "Nothing chosen yet", "尚未选择";
    UP = "Move {} up", "上移 {}";
    DOWN = "Move {} down", "下移 {}";
    PLACE_OF = "Place of {}", "{} 的位置";
    CHOOSE = "choose…", "请选择…";
    QUEUE = "Beside it: a queue broker (modelled)", "旁边：一个队列 broker（模型）";
    QUEUE_WAITS = "waits in the queue", "在队列中等待";
    SUBSCRIBER = "subscriber {}", "订阅者 {}";
    WINDOW = "{} of {} in its window", "窗口 {} / {}";
    QUEUE_REMOVED = "acknowledged and removed", "已确认并删除";
    EARLIER = "From an earlier lesson", "来自之前的课程";
    OVER = "Lesson {} is done", "课程 {} 完成";
    SCORE = "{} of {} predicted right", "{} / {} 预测正确";
    SCORE_EARLIER = "{} of {} from earlier lessons", "之前课程：{} / {}";
    NEXT_LESSON = "Next: {}", "下一课：{}";
    ONCE_MORE = "This lesson again", "再学一遍";
    NOTHING = "nothing", "无";
    QUESTION_N = "Question {}", "问题 {}";
    CLAIM_N = "Check this claim · {}", "验证这个说法 · {}";
    QUIZ = "About this world", "关于这个世界";
    QUIZ_ME = "Quiz me", "考考我";
    QUIZ_LATER = "A lesson is open: finish it or go back to your world first.", "课程进行中：请先完成，或先回到你的世界。";
    NO_QUIZ = "There is nothing to ask yet: let a producer write to a topic first.", "还没有可问的：先让 producer 向主题写入。";
    ANOTHER = "Another question", "再来一题";
    QUIZ_SAYS = "A copy of your world is run; your own stays as it is.", "运行的是你的世界的一份副本，原来的保持不变。";
    KEYS = "A–D choose · Enter lock, run, next · PageUp / PageDown steps", "A–D 选择 · Enter 锁定、运行、下一步 · PageUp / PageDown 翻步";
}

/// A value as the reader of this form knows it.
pub fn value(value: &Value, form: &AskedForm, language: Language) -> String {
    let join = |parts: Vec<String>| parts.join(if language == Language::Zh { "、" } else { ", " });
    let named = |list: &[(String, Text)], name: &String| {
        let found = list.iter().find(|(known, _)| known == name);
        found.map_or_else(|| thing(name, language), |(_, text)| text.of(language).to_string())
    };
    if let AskedForm::Choice(choices) = form
        && let Some((text, _)) = choices.iter().find(|(_, claimed)| claimed == value)
    {
        return text.of(language);
    }
    match (value, form) {
        (Value::Nothing, _) => NOTHING.of(language).to_string(),
        (Value::Number(number), _) => number.to_string(),
        (Value::Numbers(numbers), _) => join(numbers.iter().map(ToString::to_string).collect()),
        (Value::Word(word), _) => word.clone(),
        (Value::Things(names), AskedForm::Order(items)) => {
            names.iter().map(|name| named(items, name)).collect::<Vec<_>>().join(" → ")
        }
        (Value::Things(names), AskedForm::Match { labels, places }) => {
            let pair =
                |(label, name): (&Text, &String)| format!("{} → {}", label.of(language), named(places, name));
            join(labels.iter().zip(names).map(pair).collect())
        }
        (Value::Things(names), AskedForm::Click { ordered: true, .. }) => {
            names.iter().map(|name| thing(name, language)).collect::<Vec<_>>().join(" → ")
        }
        (Value::Things(names), _) => join(names.iter().map(|name| thing(name, language)).collect()),
    }
}

/// A thing by the words that the stage has for it.
pub fn thing(name: &str, language: Language) -> String {
    name.parse::<Thing>().map_or_else(|()| name.to_owned(), |thing| words::thing_name(&thing, language))
}
