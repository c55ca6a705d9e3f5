package dev.rootmean.spi;

import java.util.List;
import java.util.Map;

/** The hash of all bits after the steps of {@link KnownAnswer}, by family and step. */
final class KnownHashes {
  /** A test has their source. */
  private static final Map<String, List<Integer>> ALL =
      Map.ofEntries(
          Map.entry("float32", List.of(-917_334_013, 1_788_060_931, -460_960_618, -1_341_560_952)),
          Map.entry(
              "float32_policy",
              List.of(-1_382_041_568, -681_696_347, -819_264_299, -1_730_786_206)),
          Map.entry("float64", List.of(791_766_419, -1_646_165_245, 35_458_011, -968_297_848)),
          Map.entry(
              "float64_policy",
              List.of(-1_872_624_375, 422_748_720, -1_938_630_863, 1_403_948_045)),
          Map.entry(
              "float32_bfloat16", List.of(-855_735_820, 1_964_689_036, -359_530_966, -157_675_853)),
          Map.entry(
              "float32_bfloat16_policy",
              List.of(-690_079_621, -944_749_459, -1_533_815_118, -325_282_938)),
          Map.entry(
              "float32_float16", List.of(-1_192_134_146, 2_099_683_409, 674_023_521, 532_549_366)),
          Map.entry(
              "float32_float16_policy",
              List.of(-719_596_218, -1_124_255_566, 1_438_761_146, 861_144_573)),
          Map.entry(
              "bfloat16_random",
              List.of(1_343_063_215, 731_120_631, -1_123_788_253, 1_903_624_106)),
          Map.entry(
              "bfloat16_random_policy",
              List.of(2_015_625_608, 130_049_220, -212_968_465, -1_717_051_455)),
          Map.entry(
              "bfloat16_float32_random",
              List.of(-535_769_150, -333_350_411, -1_052_614_211, 159_470_690)),
          Map.entry(
              "bfloat16_float32_random_policy",
              List.of(-111_842_605, -1_126_005_596, 797_087_372, -815_302_430)),
          Map.entry(
              "float16_random", List.of(1_009_120_252, 149_810_429, 1_622_040_778, -1_320_183_701)),
          Map.entry(
              "float16_random_policy",
              List.of(127_326_688, -1_857_334_214, 526_553_073, 881_979_558)),
          Map.entry(
              "float16_float32_random",
              List.of(-1_300_169_509, 1_183_233_888, 2_010_980_210, 2_048_578_598)),
          Map.entry(
              "float16_float32_random_policy",
              List.of(-648_667_262, -1_855_720_721, 1_096_042_818, -2_044_523_589)),
          Map.entry(
              "bfloat16_remainder",
              List.of(-429_588_629, 1_754_413_781, -976_302_991, -1_195_691_073)),
          Map.entry(
              "bfloat16_remainder_policy",
              List.of(-352_347_952, 2_124_543_398, 1_864_460_575, 1_275_572_994)),
          Map.entry(
              "bfloat16_remainder_float32",
              List.of(1_797_198_722, 60_605_979, 1_587_212_819, 1_435_690_459)),
          Map.entry(
              "bfloat16_remainder_float32_policy",
              List.of(1_214_938_593, -1_180_471_293, 742_701_532, -499_066_594)),
          Map.entry(
              "float32_v_bfloat16_random",
              List.of(-353_092_226, 1_630_005_614, -284_750_227, -149_974_196)),
          Map.entry(
              "float32_v_bfloat16_random_policy",
              List.of(16_069_538, 1_732_482_643, -2_048_120_538, 1_804_001_863)),
          Map.entry(
              "bfloat16_v_bfloat16_random",
              List.of(-607_903_445, -1_362_795_063, -895_131_988, 1_089_948_072)),
          Map.entry(
              "bfloat16_v_bfloat16_random_policy",
              List.of(401_134_068, -277_486_762, -2_123_726_513, -301_363_554)),
          Map.entry(
              "float32_v_block8_random",
              List.of(-448_540_656, 1_587_608_309, -1_772_521_853, 341_797_655)),
          Map.entry(
              "float32_v_block8_random_policy",
              List.of(1_316_013_034, -2_061_029_162, -2_077_253_048, 1_139_116_935)),
          Map.entry(
              "bfloat16_v_block8_random",
              List.of(1_468_299_103, -1_905_565_690, 1_371_166_673, 931_132_820)),
          Map.entry(
              "bfloat16_v_block8_random_policy",
              List.of(980_322_844, 520_086_550, 1_162_853_623, 501_020_416)),
          Map.entry(
              "bfloat16_float32_v_block8_random",
              List.of(1_438_883_370, -690_921_343, 1_513_242_104, -532_824_852)),
          Map.entry(
              "bfloat16_float32_v_block8_random_policy",
              List.of(1_635_173_428, -56_446_290, -728_986_544, -1_419_813_731)),
          Map.entry(
              "bfloat16_v_bfloat16",
              List.of(-1_450_935_980, -1_323_742_837, 1_654_858_166, 1_002_639_019)),
          Map.entry(
              "bfloat16_v_bfloat16_policy",
              List.of(-1_798_474_779, -518_773_169, -385_289_789, -993_392_759)),
          Map.entry(
              "float16_v_float16", List.of(1_103_588_136, 911_643_412, 361_878_242, 1_940_730_411)),
          Map.entry(
              "float16_v_float16_policy",
              List.of(2_131_795_581, -1_595_635_363, -660_730_584, -1_621_781_138)),
          Map.entry(
              "float32_rows", List.of(-552_285_445, 1_428_628_500, -1_825_828_314, -1_126_777_206)),
          Map.entry(
              "float32_rows_policy",
              List.of(86_993_630, 1_500_150_830, -194_904_898, -1_394_792_036)),
          Map.entry(
              "float64_rows", List.of(879_094_481, -58_030_460, -175_241_702, -2_141_395_538)),
          Map.entry(
              "float64_rows_policy",
              List.of(1_947_869_993, -1_640_740_381, 263_365_231, -1_768_320_622)),
          Map.entry(
              "bfloat16_float32_random_rows",
              List.of(1_920_105_296, -1_011_096_257, -75_657_476, 39_323_963)),
          Map.entry(
              "bfloat16_float32_random_rows_policy",
              List.of(1_533_526_095, -587_343_615, -1_661_344_062, -1_668_963_149)),
          Map.entry(
              "float16_float32_random_rows",
              List.of(1_269_662_222, 148_656_321, 1_996_831_089, 881_128_766)),
          Map.entry(
              "float16_float32_random_rows_policy",
              List.of(1_422_139_434, 549_749_123, -1_992_406_620, 285_458_066)),
          Map.entry(
              "bfloat16_remainder_float32_rows",
              List.of(-540_195_592, 144_084_055, 1_875_138_633, -163_776_370)),
          Map.entry(
              "bfloat16_remainder_float32_rows_policy",
              List.of(-352_472_021, -1_667_206_463, -479_383_279, -1_341_777_502)),
          Map.entry(
              "float32_v_bfloat16_random_rows",
              List.of(1_576_547_664, 2_107_731_293, -779_186_633, 1_447_817_268)),
          Map.entry(
              "float32_v_bfloat16_random_rows_policy",
              List.of(-1_636_591_822, -327_920_417, -144_555_274, 2_028_086_145)));

  private KnownHashes() {}

  /** Of the steps of a family, in their order. */
  static List<Integer> of(String family) {
    return ALL.get(family);
  }
}
