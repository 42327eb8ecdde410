//! What the teacher's tools say.

use crate::lesson::Text;

pub(in crate::ui) const CLASS_TITLE: Text = Text::new("Teach this", "上课");
pub(in crate::ui) const PRESENT: Text = Text::new("Present: off", "演示：关闭");
pub(in crate::ui) const PRESENT_N: Text =
    Text::new("Present: text {} times as large", "演示：文字放大 {} 倍");
pub(in crate::ui) const VOTE: Text = Text::new("Let the class vote", "全班投票");
pub(in crate::ui) const SAVE_SVG: Text = Text::new("Save the picture as SVG", "把画面存为 SVG");
pub(in crate::ui) const SAVE_PNG: Text = Text::new("Save the picture as PNG", "把画面存为 PNG");
pub(in crate::ui) const WORKSHEET: Text = Text::new("Print a worksheet of this lesson", "打印本课练习单");
pub(in crate::ui) const SPEAKER: Text = Text::new("Open the speaker's window", "打开讲者窗口");
pub(super) const MINUTES_N: Text = Text::new("{} {minute|minutes}", "{} 分钟");
pub(super) const GOAL: Text = Text::new("Goal", "目标");
pub(super) const VOTE_QUESTION: Text = Text::new("Vote on", "投票题");
pub(super) const LIKELY_WRONG: Text = Text::new("Likely wrong answer", "常见的错误答案");
pub(super) const FOLLOW_UP: Text = Text::new("Ask afterwards", "追问");
pub(super) const NOTES: Text = Text::new("Notes", "讲稿");
pub(super) const HONEST: Text = Text::new("What is real here", "哪些是真实的");
pub(super) const NO_LESSON: Text = Text::new(
    "Open a lesson first: the card, the vote and the worksheet are about a lesson.",
    "请先打开一课：卡片、投票和练习单都针对某一课。",
);
pub(super) const NO_QUESTION: Text = Text::new(
    "This step has no question with choices: go to one that has, then vote.",
    "这一步没有选择题：请先翻到有选择题的一步再投票。",
);
pub(super) const FIRST_VOTE: Text = Text::new("First vote", "第一次投票");
pub(super) const SECOND_VOTE: Text = Text::new("Vote after the talk", "讨论后再投票");
pub(super) const VOTE_KEYS: Text =
    Text::new("A, B, C…: one hand more · Shift: one less", "A、B、C…：加一票 · Shift：减一票");
pub(super) const TALK: Text = Text::new("Talk for a minute, then vote again", "讨论一分钟，再投一次");
pub(super) const RUN: Text = Text::new("Run", "运行");
pub(super) const MORE_N: Text = Text::new("one more for {}", "{} 加一票");
pub(super) const LESS_N: Text = Text::new("one less for {}", "{} 减一票");
pub(super) const STEP_N: Text = Text::new("Step {} of {}", "第 {} 步，共 {} 步");
pub(super) const BLOCKED: Text = Text::new(
    "The browser did not open the window: allow pop-ups for this page.",
    "浏览器没有打开窗口：请允许本页弹出窗口。",
);
pub(super) const NO_PICTURE: Text = Text::new(
    "There is no picture of the cluster on the screen: go to the Cluster view first.",
    "屏幕上没有集群画面：请先切到“集群”视图。",
);
pub(super) const NAME_LINE: Text = Text::new("Name", "姓名");
pub(super) const BECAUSE: Text = Text::new("Because:", "理由：");
pub(super) const DRAW: Text = Text::new("Draw what changes:", "画出会变化的部分：");
pub(in crate::ui) const QR: Text = Text::new("The link as a QR code", "链接二维码");
pub(super) const QR_DENSE: Text = Text::new(
    "So much has been done in this world that its code is dense: a camera reads it from near, not from the back of a room. Send the link, or save the world as a file.",
    "这个世界里的操作很多，二维码很密：近处能扫，教室后排扫不出。请发送链接，或把世界保存为文件。",
);
pub(in crate::ui) const BLANK: Text = Text::new(
    "The screen is dark. Shift+B or a click shows it again.",
    "屏幕已熄灭。按 Shift+B 或点击恢复。",
);
