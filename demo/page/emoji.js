/** Emoji by their short names: all that the bot uses, and some common ones. */
const PAIRS = `+1 👍 -1 👎 bell 🔔 bug 🐛 bulb 💡 calendar 📅 double_vertical_bar ⏸️ eyes 👀 fire 🔥 gear ⚙️ heart ❤️ heavy_check_mark ✔️
hourglass ⌛ hourglass_flowing_sand ⏳ information_source ℹ️ key 🔑 large_blue_circle 🔵 large_green_circle 🟢 large_orange_circle 🟠
large_yellow_circle 🟡 leftwards_arrow_with_hook ↩️ link 🔗 lock 🔒 mag 🔍 memo 📝 no_entry ⛔ package 📦 question ❓ red_circle 🔴
robot_face 🤖 rocket 🚀 rotating_light 🚨 shield 🛡️ smile 😄 sparkles ✨ star ⭐ tada 🎉 thumbsup 👍 warning ⚠️ wave 👋
white_check_mark ✅ white_circle ⚪️ wrench 🔧 x ❌ zap ⚡`;
export const EMOJI = Object.fromEntries([...PAIRS.matchAll(/(\S+) (\S+)/g)].map(([, name, sign]) => [name, sign]));
