//! The words of the practice page.

use crate::lesson::Level;
use crate::lesson::Text;
use crate::lesson::Topic;

macro_rules! words {
    ($($name:ident = $en:literal, $zh:literal;)*) => {
        $(pub const $name: Text = Text::new($en, $zh);)*
    };
}

words! {
    PRACTICE = "Practice", "练习";
    MAP = "Lessons", "学习地图";
    MAP_SAYS = "{} {lesson|lessons} · {} done · {} begun · predict first, then run", "{} 课 · 已完成 {} · 进行中 {} · 先预测，再运行";
    STEPS_DONE = "{} of {} {step|steps}", "{} / {} 步";
    DONE = "done", "完成";
    AFTER = "better after {}", "建议先学 {}";
    DAILY = "Question of the day", "每日一题";
    DAILY_PREDICT = "Predict", "先预测";
    CLAIMS = "Check this claim", "常见误区";
    CLAIMS_SAY = "{} claims that circulate, each with the run that decides", "{} 条，每条都能自己跑一遍验证";
    ALL_N = "All {}", "全部 {} 条";
    FEWER = "Fewer", "收起";
    CHECKED = "checked", "已验证";
    CHECK = "Check", "验证";
    QUESTIONS_TITLE = "Interview questions", "面试题";
    FOUND_N = "{} of {}", "{} / {}";
    FIND = "Search in English or Chinese", "中英文搜索";
    LEVEL = "Level", "级别";
    ANY_LEVEL = "any level", "全部级别";
    TOPIC = "Topic", "主题";
    ANY_TOPIC = "any topic", "全部主题";
    ONLY_TRAPS = "only trap questions", "只看陷阱题";
    TRAP = "trap", "陷阱";
    RIGHT_WRONG = "✓ {} ✗ {}", "✓ {} ✗ {}";
    JUNIOR = "junior", "初级";
    MIDDLE = "middle", "中级";
    SENIOR = "senior", "高级";
    BASICS = "Basics", "基础";
    STORAGE = "Storage", "存储";
    REPLICATION = "Replication", "副本";
    PRODUCER = "Producer", "生产者";
    PARTITIONS = "Topics and partitions", "主题与分区";
    GROUPS = "Consumer groups", "消费者组";
    OFFSETS = "Offsets and delivery", "位移与投递";
    INTERVIEW = "Mock interview", "模拟面试";
    INTERVIEW_SAYS = "Answer aloud or typed, mark three key points, see the run that proves it.", "口答或打字，自评三个要点，再看能证明它的运行。";
    HOW_MANY = "Questions", "题数";
    INTERVIEW_DAY = "Interview on", "面试日期";
    DAYS_LEFT = "{} {day|days} left", "还有 {} 天";
    BEGIN = "Begin", "开始";
    ONLY_WEAK = "Only weak ones", "只练薄弱项";
    NO_QUESTIONS = "No question fits: choose another level.", "没有符合的题目：请换一个级别。";
    DUE = "To repeat today", "今天该复习";
    DUE_N = "{} to repeat", "{} 题";
    DUE_NONE = "Nothing is due today.", "今天没有需要复习的题。";
    DUE_FIRST = "Questions that you answer come back here after 1, 3, 7 and 14 days.", "答过的题会在 1、3、7、14 天后回到这里。";
    GAPS_SAY = "The gaps get shorter before an interview. That there are gaps matters; their exact length does not.", "临近面试时间隔会缩短。重要的是有间隔，具体长度影响不大。";
    DRILL = "Repeat", "开始复习";
    QUESTION_OF = "question {} of {}", "第 {} 题，共 {} 题";
    SAY_OR_TYPE = "Say it aloud, or type it here. It stays on this page.", "大声说出来，或在此输入。内容只留在本页。";
    ANSWERED = "I have answered", "我答完了";
    TOOK = "You took {} {second|seconds}; 30 to 90 are good.", "用时 {} 秒；30 到 90 秒为宜。";
    DID_YOU_SAY = "Which of these did you say?", "这些要点你说到了哪些？";
    SEE_RUN = "See the run that proves it", "看能证明它的运行";
    FOLLOW_UP = "The follow-up", "追问";
    ONE_MORE = "And then they ask", "接着会追问";
    NEXT = "Next", "下一题";
    END = "End the interview", "结束面试";
    POINTS_SAID = "{} of {} key points said", "说到 {} / {} 个要点";
    SECONDS_N = "{} s", "{} 秒";
    ELAPSED = "Time so far", "已用时间";
    NO_ACCOUNT = "No account", "无需账号";
    KEPT_HERE = "Progress stays in this browser", "进度只存在本机";
    NOT_KEPT = "Progress is not kept: the browser has no room or forbids it. Export it to have it again.", "进度未保存：浏览器空间不足或被禁止。请导出以便以后使用。";
    EXPORT = "Export", "导出";
    IMPORT = "Import…", "导入…";
    IMPORTED = "{}: progress on {} {question|questions} and lessons taken over.", "{}：已导入 {} 项题目和课程的进度。";
    FOREIGN = "{} is not a progress file of kafkascope: nothing was changed.", "{} 不是 kafkascope 的进度文件：没有任何改动。";
    BROKEN_LINE = "Line {} of {} is broken: nothing was changed.", "第 {} 行有误（{}）：没有任何改动。";
    KEPT_BROKEN = "What this browser has kept", "本浏览器保存的进度";
    TO_PRACTICE = "Back to practice", "返回练习";
    TO_INTERVIEW = "Back to the interview", "回到面试";
    NEXT_DUE = "Next to repeat ({})", "下一题（还有 {} 题）";
}

pub const LEVELS: [(Level, Text); 3] =
    [(Level::Junior, JUNIOR), (Level::Middle, MIDDLE), (Level::Senior, SENIOR)];

pub const TOPICS: [(Topic, Text); 7] = [
    (Topic::Basics, BASICS),
    (Topic::Storage, STORAGE),
    (Topic::Replication, REPLICATION),
    (Topic::Producer, PRODUCER),
    (Topic::Topics, PARTITIONS),
    (Topic::Groups, GROUPS),
    (Topic::Offsets, OFFSETS),
];

pub fn level(level: Level) -> Text {
    LEVELS.iter().find(|(known, _)| *known == level).map_or(JUNIOR, |(_, text)| *text)
}

pub fn topic(topic: Topic) -> Text {
    TOPICS.iter().find(|(known, _)| *known == topic).map_or(BASICS, |(_, text)| *text)
}
