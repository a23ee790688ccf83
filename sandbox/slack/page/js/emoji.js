// The shortcodes that people and apps commonly write. An unknown one stays as typed.

const TABLE = `
+1 👍|thumbsup 👍|-1 👎|thumbsdown 👎|ok_hand 👌|wave 👋|clap 👏|raised_hands 🙌|pray 🙏|muscle 💪|point_right 👉|point_left 👈
point_up 👆|point_down 👇|eyes 👀|heart ❤️|blue_heart 💙|green_heart 💚|yellow_heart 💛|broken_heart 💔|sparkles ✨|star ⭐
star2 🌟|fire 🔥|tada 🎉|confetti_ball 🎊|balloon 🎈|gift 🎁|rocket 🚀|zap ⚡|boom 💥|100 💯|bulb 💡|bell 🔔|no_bell 🔕|mega 📣|loudspeaker 📢
white_check_mark ✅|heavy_check_mark ✔️|ballot_box_with_check ☑️|x ❌|negative_squared_cross_mark ❎|warning ⚠️|no_entry ⛔
no_entry_sign 🚫|octagonal_sign 🛑|question ❓|grey_question ❔|exclamation ❗|information_source ℹ️|construction 🚧
rotating_light 🚨|red_circle 🔴|large_blue_circle 🔵|large_green_circle 🟢|large_yellow_circle 🟡|large_orange_circle 🟠
white_circle ⚪|black_circle ⚫|arrow_right ➡️|arrow_left ⬅️|arrow_up ⬆️|arrow_down ⬇️|arrow_forward ▶️|fast_forward ⏩
double_vertical_bar ⏸️|pause_button ⏸️|arrows_counterclockwise 🔄|repeat 🔁|leftwards_arrow_with_hook ↩️
hourglass ⌛|hourglass_flowing_sand ⏳|alarm_clock ⏰|stopwatch ⏱️|timer_clock ⏲️|clock9 🕘|clock3 🕒|clock12 🕛|watch ⌚
calendar 📆|date 📅|spiral_calendar_pad 🗓️|pushpin 📌|round_pushpin 📍|paperclip 📎|link 🔗|lock 🔒|unlock 🔓|key 🔑
outbox_tray 📤|inbox_tray 📥|envelope ✉️|email 📧|incoming_envelope 📨|mailbox 📫|package 📦|memo 📝|pencil 📝|pencil2 ✏️
clipboard 📋|bookmark 🔖|label 🏷️|bar_chart 📊|chart_with_upwards_trend 📈|chart_with_downwards_trend 📉|mag 🔍|wastebasket 🗑️
gear ⚙️|wrench 🔧|hammer 🔨|hammer_and_wrench 🛠️|nut_and_bolt 🔩|shield 🛡️|bug 🐛|robot_face 🤖|computer 💻|iphone 📱
camera 📷|video_camera 📹|movie_camera 🎥|art 🎨|frame_with_picture 🖼️|microphone 🎤|musical_note 🎵|newspaper 📰|books 📚
smile 😄|smiley 😃|grin 😁|joy 😂|slightly_smiling_face 🙂|wink 😉|blush 😊|heart_eyes 😍|sunglasses 😎|thinking_face 🤔
neutral_face 😐|confused 😕|cry 😢|sob 😭|angry 😠|scream 😱|sleeping 😴|see_no_evil 🙈|speech_balloon 💬|thought_balloon 💭
coffee ☕|tea 🍵|beer 🍺|wine_glass 🍷|cake 🍰|birthday 🎂|croissant 🥐|bread 🍞|pizza 🍕|apple 🍎|seedling 🌱|herb 🌿|leaves 🍃
sunflower 🌻|rose 🌹|tulip 🌷|evergreen_tree 🌲|christmas_tree 🎄|sunny ☀️|cloud ☁️|snowflake ❄️|rainbow 🌈|umbrella ☔|moon 🌙
earth_africa 🌍|globe_with_meridians 🌐|bike 🚲|car 🚗|train 🚆|airplane ✈️|ship 🚢|house 🏠|office 🏢|shopping_bags 🛍️
moneybag 💰|credit_card 💳|trophy 🏆|first_place_medal 🥇|soccer ⚽|checkered_flag 🏁|triangular_flag_on_post 🚩
butterfly 🦋|elephant 🐘`;

const EMOJI = new Map();
for (const pair of TABLE.split(/[\n|]/)) {
  const [name, sign] = pair.trim().split(" ");
  if (sign) EMOJI.set(name, sign);
}

/** The sign of a shortcode, or null. */
export function emojiOf(name) {
  return EMOJI.get(name) ?? null;
}

/** The sign of a rich text emoji: by its code points first, then by its name. */
export function emojiFrom(name, unicode) {
  if (unicode && /^[0-9a-f]+(-[0-9a-f]+)*$/i.test(unicode)) {
    return String.fromCodePoint(...unicode.split("-").map((point) => Number.parseInt(point, 16)));
  }
  return emojiOf(name) ?? `:${name}:`;
}

/** Replace known shortcodes in plain text. */
export function withEmoji(text) {
  return String(text).replace(/:([a-z0-9_+-]+):/g, (whole, name) => EMOJI.get(name) ?? whole);
}
