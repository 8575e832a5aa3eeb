-- A record as the released first version (commit 2a9a744, schema 0001_append_only_tables) wrote it, dumped by sqlite3:
-- event; decision 1; decision 2, reviewed, amended by another person; decision 3 (released); decision 4, approved; event.
BEGIN TRANSACTION;
CREATE TABLE blobs (
	sha256 TEXT NOT NULL, 
	encoding TEXT NOT NULL, 
	data BLOB NOT NULL, 
	PRIMARY KEY (sha256)
);
INSERT INTO "blobs" VALUES('6ad59ec5d67a6bb278c54fe8b3c3e5faa456979b55444d685ff9ddffacec02ae','zlib',X'789C33323032D33530D635305430B0B43236B03230502828CD2D5008D035345228284A2D2E2E2D4A55C8C92FE7321A553AAA745429F14A0141CAE86D');
INSERT INTO "blobs" VALUES('ce502349eb7a2e195855f15d06ec0504b0f25a9d6f613ae889794d12de4d4b8a','raw',X'6172726F772D6970632D73747265616D2D6F662D6C617965722D30');
INSERT INTO "blobs" VALUES('843c55e841420ef476a8963c20fcab4921eb29cf9d9e7fc4bbbad6779ccb1e3f','raw',X'6172726F772D6970632D73747265616D2D6F662D616E6F746865722D6C61796572');
CREATE TABLE decisions (
	id TEXT NOT NULL, 
	seq INTEGER NOT NULL, 
	started_at TEXT NOT NULL, 
	ended_at TEXT NOT NULL, 
	caller TEXT NOT NULL, 
	intended_use TEXT NOT NULL, 
	model_id TEXT NOT NULL, 
	weights_sha256 TEXT NOT NULL, 
	config_sha256 TEXT NOT NULL, 
	code_revision TEXT NOT NULL, 
	runtime TEXT NOT NULL, 
	seed BIGINT NOT NULL, 
	deterministic INTEGER NOT NULL, 
	input_name TEXT NOT NULL, 
	input_sha256 TEXT NOT NULL, 
	sequence_sha256 TEXT NOT NULL, 
	event_count BIGINT NOT NULL, 
	label TEXT NOT NULL, 
	score DOUBLE NOT NULL, 
	threshold DOUBLE NOT NULL, 
	policy TEXT NOT NULL, 
	explanation_method TEXT NOT NULL, 
	sampling_route TEXT NOT NULL, 
	inclusion_probability DOUBLE NOT NULL, 
	gate TEXT NOT NULL, 
	warnings TEXT NOT NULL, 
	details TEXT NOT NULL, 
	PRIMARY KEY (id), 
	UNIQUE (seq), 
	FOREIGN KEY(seq) REFERENCES log (seq), 
	FOREIGN KEY(input_sha256) REFERENCES blobs (sha256)
);
INSERT INTO "decisions" VALUES('11111111111111111111111111111111',2,'2026-03-01T09:30:00.000Z','2026-03-01T09:30:00.125Z','operator-7','root cause of a line stop','sparsemix-demo','9a129038d9a00aed0cf6a7ea059ca50a813449061ab87848cf1a13eafdf33b2c','b79606fb3afea5bd1609ed40b622142f1c98125abcfe89a76a661b0e8e343910','abc123','{"python":"3.11"}',7,1,'ライン3.log','6ad59ec5d67a6bb278c54fe8b3c3e5faa456979b55444d685ff9ddffacec02ae','bf37c7c208717d6de100ce851b48273f8d5d945c8dc64fc64372087ffcf88ba9',20,'fault',0.93,0.5,'risk-2026-01','selected pairs','low confidence',1.0,'held','["input is short"]','{"familiar":null,"flagged":[{"event":3,"probability":0.75}]}');
INSERT INTO "decisions" VALUES('22222222222222222222222222222222',3,'2026-03-01T09:30:00.000Z','2026-03-01T09:30:00.125Z','operator-7','root cause of a line stop','sparsemix-demo','9a129038d9a00aed0cf6a7ea059ca50a813449061ab87848cf1a13eafdf33b2c','b79606fb3afea5bd1609ed40b622142f1c98125abcfe89a76a661b0e8e343910','abc123','{"python":"3.11"}',7,1,'ライン3.log','6ad59ec5d67a6bb278c54fe8b3c3e5faa456979b55444d685ff9ddffacec02ae','bf37c7c208717d6de100ce851b48273f8d5d945c8dc64fc64372087ffcf88ba9',20,'停止',1.0e-07,0.5,'risk-2026-01','selected pairs','low confidence',1.0,'held','["input is short"]','{"familiar":null,"flagged":[{"event":3,"probability":0.75}]}');
INSERT INTO "decisions" VALUES('33333333333333333333333333333333',6,'2026-03-01T09:30:00.000Z','2026-03-01T09:30:00.125Z','operator-7','root cause of a line stop','sparsemix-demo','9a129038d9a00aed0cf6a7ea059ca50a813449061ab87848cf1a13eafdf33b2c','b79606fb3afea5bd1609ed40b622142f1c98125abcfe89a76a661b0e8e343910','abc123','{"python":"3.11"}',7,1,'ライン3.log','6ad59ec5d67a6bb278c54fe8b3c3e5faa456979b55444d685ff9ddffacec02ae','bf37c7c208717d6de100ce851b48273f8d5d945c8dc64fc64372087ffcf88ba9',20,'fault',0.93,0.5,'risk-2026-01','selected pairs','low confidence',1.0,'released','[]','{}');
INSERT INTO "decisions" VALUES('44444444444444444444444444444444',7,'2026-03-01T09:30:00.000Z','2026-03-01T09:30:00.125Z','operator-7','root cause of a line stop','sparsemix-demo','9a129038d9a00aed0cf6a7ea059ca50a813449061ab87848cf1a13eafdf33b2c','b79606fb3afea5bd1609ed40b622142f1c98125abcfe89a76a661b0e8e343910','abc123','{"python":"3.11"}',7,1,'ライン3.log','6ad59ec5d67a6bb278c54fe8b3c3e5faa456979b55444d685ff9ddffacec02ae','bf37c7c208717d6de100ce851b48273f8d5d945c8dc64fc64372087ffcf88ba9',20,'fault',0.93,0.5,'risk-2026-01','selected pairs','low confidence',1.0,'held','["input is short"]','{"familiar":null,"flagged":[{"event":3,"probability":0.75}]}');
CREATE TABLE log (
	seq INTEGER NOT NULL, 
	ts TEXT NOT NULL, 
	actor TEXT NOT NULL, 
	type TEXT NOT NULL, 
	subject TEXT NOT NULL, 
	commitment TEXT NOT NULL, 
	prev TEXT NOT NULL, 
	hash TEXT NOT NULL, 
	PRIMARY KEY (seq)
);
INSERT INTO "log" VALUES(1,'2026-03-01T09:40:01.000Z','app','start','app','c5d6b6f9a7ebcef4a9696ec5536c0bc83f93357181be2b9bde13311ff34782e9','0000000000000000000000000000000000000000000000000000000000000000','690f01cdb06c34ab4ecf0b2db66daf4419711c766a2a5d8c409531344a9dc689');
INSERT INTO "log" VALUES(2,'2026-03-01T09:40:02.000Z','operator-7','decision','11111111111111111111111111111111','427045889395b79fcd91d93ce5ee823fa0fd79fe923ba02d895140be4d8fcde3','690f01cdb06c34ab4ecf0b2db66daf4419711c766a2a5d8c409531344a9dc689','85f5809432e19a11018b9d705a7f68e1ff4e9820982ea9322205a3aa89d0bf0e');
INSERT INTO "log" VALUES(3,'2026-03-01T09:40:03.000Z','operator-7','decision','22222222222222222222222222222222','a26aecce91f2771e5edc96c1f54c80ea5ee0e77ea4b2b3d7af1d45ecead287bc','85f5809432e19a11018b9d705a7f68e1ff4e9820982ea9322205a3aa89d0bf0e','2ca4582f7e26135a65e4d68334daf8efc4a4a4b55201a32d8f7f663972da83a7');
INSERT INTO "log" VALUES(4,'2026-03-01T09:40:04.000Z','r1','review','22222222222222222222222222222222','cd5c68086d54434a952830285906e201e6c35e8c4d1a0f1012aa41de35234e90','2ca4582f7e26135a65e4d68334daf8efc4a4a4b55201a32d8f7f663972da83a7','49046edb9750a9658fcf1a5bf34ac47bf0127972d2d4cb65bc354f7fc8aa2228');
INSERT INTO "log" VALUES(5,'2026-03-01T09:40:05.000Z','r2','review','22222222222222222222222222222222','e78cba7023f81bb2909976747be54275866d577e9138fd1ea4926c8f42149a36','49046edb9750a9658fcf1a5bf34ac47bf0127972d2d4cb65bc354f7fc8aa2228','66c62eaa0ef44bd4cc82c3891ede484ed395814f8272fe246b46fedbc9154d0b');
INSERT INTO "log" VALUES(6,'2026-03-01T09:40:06.000Z','operator-7','decision','33333333333333333333333333333333','1e2b7917a3c148b14817f58dc6c2bebb1c051bf8c16acf2504a13ccc8555965a','66c62eaa0ef44bd4cc82c3891ede484ed395814f8272fe246b46fedbc9154d0b','dae6a125c4c870824d5409e12d01497dd319f05c2d6ad45aff4a733bcef8830a');
INSERT INTO "log" VALUES(7,'2026-03-01T09:40:07.000Z','operator-7','decision','44444444444444444444444444444444','ea64448c58f6479a235f4a7ef57fb810384749a022eafb5fc0c8f17bbf478c56','dae6a125c4c870824d5409e12d01497dd319f05c2d6ad45aff4a733bcef8830a','03b1f671c6e70737346a70794eb6467b9ba17d3c7ea2094673f2e3cd2b98d0ac');
INSERT INTO "log" VALUES(8,'2026-03-01T09:40:08.000Z','r1','review','44444444444444444444444444444444','9cd0af4956edcd5a7c2d533a1ddec55dda3ce753a5c98781bdaef3783ea41b68','03b1f671c6e70737346a70794eb6467b9ba17d3c7ea2094673f2e3cd2b98d0ac','057d747d45dbe9a3c256dbca12dcdbd0ad8f9c19def895793c31584644906f66');
INSERT INTO "log" VALUES(9,'2026-03-01T09:40:09.000Z','r1','export','all','4081e1c9b283a4cd60c7b94b40973bcf5e45ac0d3e4d5051362b8181fa8081f3','057d747d45dbe9a3c256dbca12dcdbd0ad8f9c19def895793c31584644906f66','e81ba8cec81b1e0ab4985204888c831312ab7ed83105ded44d979ad9b7be49d1');
CREATE TABLE pair_reviews (
	review_id TEXT NOT NULL, 
	position INTEGER NOT NULL, 
	layer BIGINT, 
	head BIGINT, 
	"query" BIGINT NOT NULL, 
	"key" BIGINT NOT NULL, 
	verdict TEXT NOT NULL, 
	comment TEXT NOT NULL, 
	PRIMARY KEY (review_id, position), 
	FOREIGN KEY(review_id) REFERENCES reviews (id)
);
INSERT INTO "pair_reviews" VALUES('aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa',0,0,1,5,2,'relevant','pump before stop');
INSERT INTO "pair_reviews" VALUES('aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa',1,NULL,NULL,9,4,'missing','');
INSERT INTO "pair_reviews" VALUES('cccccccccccccccccccccccccccccccc',0,0,1,5,2,'relevant','pump before stop');
INSERT INTO "pair_reviews" VALUES('cccccccccccccccccccccccccccccccc',1,NULL,NULL,9,4,'missing','');
CREATE TABLE payloads (
	seq INTEGER NOT NULL, 
	salt TEXT NOT NULL, 
	payload TEXT NOT NULL, 
	PRIMARY KEY (seq), 
	FOREIGN KEY(seq) REFERENCES log (seq)
);
INSERT INTO "payloads" VALUES(1,'d1caac1f31c53c08818b39f892af9a1d6d4eed3d6fa1164d740177229a81546a','{}');
INSERT INTO "payloads" VALUES(2,'59ed2ea5ace3e9f188ff936ed954c13f9119f68735011297abe69e6f6d80f00c','{"caller":"operator-7","code_revision":"abc123","config_sha256":"b79606fb3afea5bd1609ed40b622142f1c98125abcfe89a76a661b0e8e343910","details":{"familiar":null,"flagged":[{"event":3,"probability":0.75}]},"deterministic":true,"ended_at":"2026-03-01T09:30:00.125Z","event_count":20,"explanation_method":"selected pairs","gate":"held","id":"11111111111111111111111111111111","inclusion_probability":1,"input_name":"ライン3.log","input_sha256":"6ad59ec5d67a6bb278c54fe8b3c3e5faa456979b55444d685ff9ddffacec02ae","intended_use":"root cause of a line stop","label":"fault","model_id":"sparsemix-demo","policy":"risk-2026-01","runtime":{"python":"3.11"},"sampling_route":"low confidence","score":0.93,"seed":7,"selections":[{"certified_share":1,"layer":0,"pair_count":12,"sha256":"ce502349eb7a2e195855f15d06ec0504b0f25a9d6f613ae889794d12de4d4b8a"}],"sequence_sha256":"bf37c7c208717d6de100ce851b48273f8d5d945c8dc64fc64372087ffcf88ba9","started_at":"2026-03-01T09:30:00.000Z","threshold":0.5,"warnings":["input is short"],"weights_sha256":"9a129038d9a00aed0cf6a7ea059ca50a813449061ab87848cf1a13eafdf33b2c"}');
INSERT INTO "payloads" VALUES(3,'bc4a688894e00f7a91939bbbd61d3f0221f5173d0873fa17d0504eee931a38a2','{"caller":"operator-7","code_revision":"abc123","config_sha256":"b79606fb3afea5bd1609ed40b622142f1c98125abcfe89a76a661b0e8e343910","details":{"familiar":null,"flagged":[{"event":3,"probability":0.75}]},"deterministic":true,"ended_at":"2026-03-01T09:30:00.125Z","event_count":20,"explanation_method":"selected pairs","gate":"held","id":"22222222222222222222222222222222","inclusion_probability":1,"input_name":"ライン3.log","input_sha256":"6ad59ec5d67a6bb278c54fe8b3c3e5faa456979b55444d685ff9ddffacec02ae","intended_use":"root cause of a line stop","label":"停止","model_id":"sparsemix-demo","policy":"risk-2026-01","runtime":{"python":"3.11"},"sampling_route":"low confidence","score":1e-7,"seed":7,"selections":[{"certified_share":0.5,"layer":0,"pair_count":3,"sha256":"843c55e841420ef476a8963c20fcab4921eb29cf9d9e7fc4bbbad6779ccb1e3f"},{"certified_share":1,"layer":1,"pair_count":12,"sha256":"ce502349eb7a2e195855f15d06ec0504b0f25a9d6f613ae889794d12de4d4b8a"}],"sequence_sha256":"bf37c7c208717d6de100ce851b48273f8d5d945c8dc64fc64372087ffcf88ba9","started_at":"2026-03-01T09:30:00.000Z","threshold":0.5,"warnings":["input is short"],"weights_sha256":"9a129038d9a00aed0cf6a7ea059ca50a813449061ab87848cf1a13eafdf33b2c"}');
INSERT INTO "payloads" VALUES(4,'2e900d13c64dd79e9974d9c79cec4cb8f90e1b987c17f9d50a63e56d1a5be7a3','{"authentication":"local name, not verified","comment":"agrees with the shift log","corrected_label":null,"decision_id":"22222222222222222222222222222222","id":"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa","opened_at":"2026-03-01T10:00:00.000Z","pairs":[{"comment":"pump before stop","head":1,"key":2,"layer":0,"query":5,"verdict":"relevant"},{"comment":"","head":null,"key":4,"layer":null,"query":9,"verdict":"missing"}],"reason":null,"reviewer_id":"r1","reviewer_name":"Tanaka","role":"process engineer","shown_sha256":"3660315a9af3df255d8f19ab077e4797822b41488a0e2a04bc6af71213c23274","submitted_at":"2026-03-01T10:05:00.000Z","suggestion_visible":true,"supersedes":null,"verdict":"approve"}');
INSERT INTO "payloads" VALUES(5,'bd69fd5a3733acb53b8cbb9c5ef77f26db31525dab606179bc29d3300b4a533c','{"authentication":"local name, not verified","comment":"誤り","corrected_label":"normal","decision_id":"22222222222222222222222222222222","id":"bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb","opened_at":"2026-03-01T10:00:00.000Z","pairs":[],"reason":"wrong_cause","reviewer_id":"r2","reviewer_name":"Sato","role":"process engineer","shown_sha256":"3660315a9af3df255d8f19ab077e4797822b41488a0e2a04bc6af71213c23274","submitted_at":"2026-03-01T10:05:00.000Z","suggestion_visible":true,"supersedes":"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa","verdict":"flag"}');
INSERT INTO "payloads" VALUES(6,'8f64c485dd88ebbe2ac8bbb560702379bf1869274128c275ff272da4aada6f46','{"caller":"operator-7","code_revision":"abc123","config_sha256":"b79606fb3afea5bd1609ed40b622142f1c98125abcfe89a76a661b0e8e343910","details":{},"deterministic":true,"ended_at":"2026-03-01T09:30:00.125Z","event_count":20,"explanation_method":"selected pairs","gate":"released","id":"33333333333333333333333333333333","inclusion_probability":1,"input_name":"ライン3.log","input_sha256":"6ad59ec5d67a6bb278c54fe8b3c3e5faa456979b55444d685ff9ddffacec02ae","intended_use":"root cause of a line stop","label":"fault","model_id":"sparsemix-demo","policy":"risk-2026-01","runtime":{"python":"3.11"},"sampling_route":"low confidence","score":0.93,"seed":7,"selections":[],"sequence_sha256":"bf37c7c208717d6de100ce851b48273f8d5d945c8dc64fc64372087ffcf88ba9","started_at":"2026-03-01T09:30:00.000Z","threshold":0.5,"warnings":[],"weights_sha256":"9a129038d9a00aed0cf6a7ea059ca50a813449061ab87848cf1a13eafdf33b2c"}');
INSERT INTO "payloads" VALUES(7,'1033c4c09ce8288e3d3189ab518b3c9fd20a1f454e21054a0970610288307b63','{"caller":"operator-7","code_revision":"abc123","config_sha256":"b79606fb3afea5bd1609ed40b622142f1c98125abcfe89a76a661b0e8e343910","details":{"familiar":null,"flagged":[{"event":3,"probability":0.75}]},"deterministic":true,"ended_at":"2026-03-01T09:30:00.125Z","event_count":20,"explanation_method":"selected pairs","gate":"held","id":"44444444444444444444444444444444","inclusion_probability":1,"input_name":"ライン3.log","input_sha256":"6ad59ec5d67a6bb278c54fe8b3c3e5faa456979b55444d685ff9ddffacec02ae","intended_use":"root cause of a line stop","label":"fault","model_id":"sparsemix-demo","policy":"risk-2026-01","runtime":{"python":"3.11"},"sampling_route":"low confidence","score":0.93,"seed":7,"selections":[{"certified_share":1,"layer":0,"pair_count":12,"sha256":"ce502349eb7a2e195855f15d06ec0504b0f25a9d6f613ae889794d12de4d4b8a"}],"sequence_sha256":"bf37c7c208717d6de100ce851b48273f8d5d945c8dc64fc64372087ffcf88ba9","started_at":"2026-03-01T09:30:00.000Z","threshold":0.5,"warnings":["input is short"],"weights_sha256":"9a129038d9a00aed0cf6a7ea059ca50a813449061ab87848cf1a13eafdf33b2c"}');
INSERT INTO "payloads" VALUES(8,'79c0827fef53490eddcf679fcdf07dd5de2103d657f758994fe3c6f4e9299348','{"authentication":"local name, not verified","comment":"agrees with the shift log","corrected_label":null,"decision_id":"44444444444444444444444444444444","id":"cccccccccccccccccccccccccccccccc","opened_at":"2026-03-01T10:00:00.000Z","pairs":[{"comment":"pump before stop","head":1,"key":2,"layer":0,"query":5,"verdict":"relevant"},{"comment":"","head":null,"key":4,"layer":null,"query":9,"verdict":"missing"}],"reason":null,"reviewer_id":"r1","reviewer_name":"Tanaka","role":"process engineer","shown_sha256":"3660315a9af3df255d8f19ab077e4797822b41488a0e2a04bc6af71213c23274","submitted_at":"2026-03-01T10:05:00.000Z","suggestion_visible":true,"supersedes":null,"verdict":"approve"}');
INSERT INTO "payloads" VALUES(9,'1405b109ca481b53333ae30fd9d88cc7dad7913409b6d063a4790c4c9d725644','{"rows":3}');
CREATE TABLE reviews (
	id TEXT NOT NULL, 
	seq INTEGER NOT NULL, 
	decision_id TEXT NOT NULL, 
	reviewer_id TEXT NOT NULL, 
	reviewer_name TEXT NOT NULL, 
	role TEXT NOT NULL, 
	authentication TEXT NOT NULL, 
	opened_at TEXT NOT NULL, 
	submitted_at TEXT NOT NULL, 
	shown_sha256 TEXT NOT NULL, 
	suggestion_visible INTEGER NOT NULL, 
	verdict TEXT NOT NULL, 
	reason TEXT, 
	comment TEXT NOT NULL, 
	corrected_label TEXT, 
	supersedes TEXT, 
	PRIMARY KEY (id), 
	UNIQUE (seq), 
	FOREIGN KEY(seq) REFERENCES log (seq), 
	FOREIGN KEY(decision_id) REFERENCES decisions (id), 
	UNIQUE (supersedes), 
	FOREIGN KEY(supersedes) REFERENCES reviews (id)
);
INSERT INTO "reviews" VALUES('aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa',4,'22222222222222222222222222222222','r1','Tanaka','process engineer','local name, not verified','2026-03-01T10:00:00.000Z','2026-03-01T10:05:00.000Z','3660315a9af3df255d8f19ab077e4797822b41488a0e2a04bc6af71213c23274',1,'approve',NULL,'agrees with the shift log',NULL,NULL);
INSERT INTO "reviews" VALUES('bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb',5,'22222222222222222222222222222222','r2','Sato','process engineer','local name, not verified','2026-03-01T10:00:00.000Z','2026-03-01T10:05:00.000Z','3660315a9af3df255d8f19ab077e4797822b41488a0e2a04bc6af71213c23274',1,'flag','wrong_cause','誤り','normal','aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa');
INSERT INTO "reviews" VALUES('cccccccccccccccccccccccccccccccc',8,'44444444444444444444444444444444','r1','Tanaka','process engineer','local name, not verified','2026-03-01T10:00:00.000Z','2026-03-01T10:05:00.000Z','3660315a9af3df255d8f19ab077e4797822b41488a0e2a04bc6af71213c23274',1,'approve',NULL,'agrees with the shift log',NULL,NULL);
CREATE TABLE schema_migrations (
	name TEXT NOT NULL, 
	applied_at TEXT NOT NULL, 
	PRIMARY KEY (name)
);
INSERT INTO "schema_migrations" VALUES('0001_append_only_tables','2026-03-01T09:40:00.000Z');
CREATE TABLE selections (
	decision_id TEXT NOT NULL, 
	position INTEGER NOT NULL, 
	layer BIGINT NOT NULL, 
	sha256 TEXT NOT NULL, 
	pair_count BIGINT NOT NULL, 
	certified_share DOUBLE NOT NULL, 
	PRIMARY KEY (decision_id, position), 
	FOREIGN KEY(decision_id) REFERENCES decisions (id), 
	FOREIGN KEY(sha256) REFERENCES blobs (sha256)
);
INSERT INTO "selections" VALUES('11111111111111111111111111111111',0,0,'ce502349eb7a2e195855f15d06ec0504b0f25a9d6f613ae889794d12de4d4b8a',12,1.0);
INSERT INTO "selections" VALUES('22222222222222222222222222222222',0,0,'843c55e841420ef476a8963c20fcab4921eb29cf9d9e7fc4bbbad6779ccb1e3f',3,0.5);
INSERT INTO "selections" VALUES('22222222222222222222222222222222',1,1,'ce502349eb7a2e195855f15d06ec0504b0f25a9d6f613ae889794d12de4d4b8a',12,1.0);
INSERT INTO "selections" VALUES('44444444444444444444444444444444',0,0,'ce502349eb7a2e195855f15d06ec0504b0f25a9d6f613ae889794d12de4d4b8a',12,1.0);
CREATE INDEX reviews_by_decision ON reviews (decision_id, seq);
CREATE TRIGGER log_no_update BEFORE UPDATE ON log BEGIN SELECT RAISE(ABORT, 'the table log is append-only'); END;
CREATE TRIGGER log_no_delete BEFORE DELETE ON log BEGIN SELECT RAISE(ABORT, 'the table log is append-only'); END;
CREATE TRIGGER log_no_replace BEFORE INSERT ON log WHEN EXISTS (SELECT 1 FROM log WHERE "seq" = NEW."seq") BEGIN SELECT RAISE(ABORT, 'the table log is append-only'); END;
CREATE TRIGGER payloads_no_update BEFORE UPDATE ON payloads BEGIN SELECT RAISE(ABORT, 'the table payloads is append-only'); END;
CREATE TRIGGER payloads_no_delete BEFORE DELETE ON payloads BEGIN SELECT RAISE(ABORT, 'the table payloads is append-only'); END;
CREATE TRIGGER payloads_no_replace BEFORE INSERT ON payloads WHEN EXISTS (SELECT 1 FROM payloads WHERE "seq" = NEW."seq") BEGIN SELECT RAISE(ABORT, 'the table payloads is append-only'); END;
CREATE TRIGGER blobs_no_update BEFORE UPDATE ON blobs BEGIN SELECT RAISE(ABORT, 'the table blobs is append-only'); END;
CREATE TRIGGER blobs_no_delete BEFORE DELETE ON blobs BEGIN SELECT RAISE(ABORT, 'the table blobs is append-only'); END;
CREATE TRIGGER blobs_no_replace BEFORE INSERT ON blobs WHEN EXISTS (SELECT 1 FROM blobs WHERE "sha256" = NEW."sha256") BEGIN SELECT RAISE(ABORT, 'the table blobs is append-only'); END;
CREATE TRIGGER decisions_no_update BEFORE UPDATE ON decisions BEGIN SELECT RAISE(ABORT, 'the table decisions is append-only'); END;
CREATE TRIGGER decisions_no_delete BEFORE DELETE ON decisions BEGIN SELECT RAISE(ABORT, 'the table decisions is append-only'); END;
CREATE TRIGGER decisions_no_replace BEFORE INSERT ON decisions WHEN EXISTS (SELECT 1 FROM decisions WHERE "id" = NEW."id" OR "seq" = NEW."seq") BEGIN SELECT RAISE(ABORT, 'the table decisions is append-only'); END;
CREATE TRIGGER selections_no_update BEFORE UPDATE ON selections BEGIN SELECT RAISE(ABORT, 'the table selections is append-only'); END;
CREATE TRIGGER selections_no_delete BEFORE DELETE ON selections BEGIN SELECT RAISE(ABORT, 'the table selections is append-only'); END;
CREATE TRIGGER selections_no_replace BEFORE INSERT ON selections WHEN EXISTS (SELECT 1 FROM selections WHERE "decision_id" = NEW."decision_id" AND "position" = NEW."position") BEGIN SELECT RAISE(ABORT, 'the table selections is append-only'); END;
CREATE TRIGGER reviews_no_update BEFORE UPDATE ON reviews BEGIN SELECT RAISE(ABORT, 'the table reviews is append-only'); END;
CREATE TRIGGER reviews_no_delete BEFORE DELETE ON reviews BEGIN SELECT RAISE(ABORT, 'the table reviews is append-only'); END;
CREATE TRIGGER reviews_no_replace BEFORE INSERT ON reviews WHEN EXISTS (SELECT 1 FROM reviews WHERE "id" = NEW."id" OR "supersedes" = NEW."supersedes" OR "seq" = NEW."seq") BEGIN SELECT RAISE(ABORT, 'the table reviews is append-only'); END;
CREATE TRIGGER pair_reviews_no_update BEFORE UPDATE ON pair_reviews BEGIN SELECT RAISE(ABORT, 'the table pair_reviews is append-only'); END;
CREATE TRIGGER pair_reviews_no_delete BEFORE DELETE ON pair_reviews BEGIN SELECT RAISE(ABORT, 'the table pair_reviews is append-only'); END;
CREATE TRIGGER pair_reviews_no_replace BEFORE INSERT ON pair_reviews WHEN EXISTS (SELECT 1 FROM pair_reviews WHERE "review_id" = NEW."review_id" AND "position" = NEW."position") BEGIN SELECT RAISE(ABORT, 'the table pair_reviews is append-only'); END;
COMMIT;
