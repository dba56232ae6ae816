// The chosen measure per node as bars. One theme, no animation; the table beside it says the same in words.
const box = document.querySelector("[data-chart]");
if (box && window.echarts) {
  const rows = JSON.parse(document.getElementById("chart-data").textContent);
  const css = getComputedStyle(document.documentElement);
  const ink = css.getPropertyValue("--ink2").trim();
  const chart = window.echarts.init(box, null, { renderer: "svg" });
  chart.setOption({
    animation: false,
    textStyle: { fontFamily: css.getPropertyValue("--font") },
    grid: { left: 8, right: 56, top: 8, bottom: 8, containLabel: true },
    xAxis: { type: "value", max: 100, splitLine: { lineStyle: { color: css.getPropertyValue("--soft").trim() } }, axisLabel: { formatter: "{value}%", color: ink } },
    yAxis: { type: "category", inverse: true, data: rows.map((row) => row.name), axisTick: { show: false }, axisLabel: { color: ink, width: 120, overflow: "truncate" } },
    series: [{
      type: "bar", barWidth: 12, data: rows.map((row) => row.value),
      itemStyle: { color: css.getPropertyValue("--d4").trim() },
      label: { show: true, position: "right", color: ink, formatter: (point) => (rows[point.dataIndex].d ? `${rows[point.dataIndex].value.toFixed(1)}%` : "—") },
    }],
  });
  window.addEventListener("resize", () => chart.resize());
} else if (box) {
  box.closest("section").hidden = true;
}
